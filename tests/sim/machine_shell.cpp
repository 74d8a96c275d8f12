// SPDX-License-Identifier: Apache-2.0
// A person's program on a Machine: no daemon of ours started it, none ends it.
#include <utility>

#include "tests/sim/machine.hpp"
#include "tests/sim/process.hpp"

namespace ha::sim {

class Machine::Shell : public ChildHost
{
public:
    Shell(Machine& machine, std::string program, Random random)
        : machine_(machine),
          program_(std::move(program)),
          random_(random)
    {}

    void after(Duration delay, std::function<void()> what) override
    {
        machine_.later(delay, std::move(what));
    }

    ChildId spawn(ChildSpec spec) override
    {
        spec.subject = program_ + ": " + spec.subject;
        return machine_.spawn(nullptr, std::move(spec));
    }

    void kill_child(ChildId id) override
    {
        const auto child = machine_.children_.find(id);
        if (child != machine_.children_.end() && !child->second.is_being_killed) {
            child->second.is_being_killed = true;
            machine_.later(Duration{random_.between(100, 50'000)},
                           [&machine = machine_, id] { machine.child_ended(id, true); });
        }
    }

    void trace(const std::string& what) override
    {
        machine_.world_.trace(machine_.id_, program_ + ": " + what);
    }

    void decided(const std::string& what) override { trace(what); }

private:
    Machine& machine_;
    std::string program_;
    Random random_;
};

std::unique_ptr<ChildHost> Machine::open_shell(std::string program, Random random)
{
    return std::make_unique<Shell>(*this, std::move(program), random);
}

bool Machine::call(const std::string& daemon, std::function<void(Daemon&)> what)
{
    const auto found = processes_.find(daemon);
    if (found == processes_.end()) {
        return false;
    }
    const std::shared_ptr<Process> process = found->second;  // it may end of this
    process->run(std::move(what));
    return true;
}

}  // namespace ha::sim
