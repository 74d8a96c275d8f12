// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/metadata_run.hpp"

#include <cstddef>
#include <utility>

#include "rgmanager/agent_discovery.hpp"

namespace ha::service {

namespace {

constexpr std::size_t at_once = 4;

}  // namespace

struct MetadataRun::Impl : std::enable_shared_from_this<MetadataRun::Impl> {
    io::ProcessRunner& children;
    std::string directory;
    Done done;
    std::vector<MetadataOutput> outputs;
    std::size_t next = 0;
    std::size_t running = 0;
    Notes notes;
    bool dropped = false;

    Impl(io::ProcessRunner& runner, std::string agents, Done callback)
        : children(runner),
          directory(std::move(agents)),
          done(std::move(callback))
    {}

    void go_on()
    {
        while (running < at_once && next < outputs.size()) {
            start_one(next++);
        }
        if (running == 0 && next == outputs.size()) {
            auto [rules, rule_notes] = rules_from_metadata(outputs);
            notes.insert(notes.end(), rule_notes.begin(), rule_notes.end());
            const Done callback = std::exchange(done, nullptr);
            callback(std::move(rules), std::move(notes));
        }
    }

    void start_one(std::size_t index)
    {
        io::ProcessSpec spec;
        spec.argv = {outputs[index].agent, "meta-data"};
        spec.environment = io::base_environment();
        spec.timeout = metadata_time_max;
        spec.output_bytes_max = metadata_bytes_max;
        spec.merge_stderr = false;
        spec.subject = outputs[index].agent;
        spec.action = "meta-data";
        ++running;
        const auto child = children.start(
            std::move(spec),
            [self = shared_from_this(), index](const auto& result) { self->ended(index, result); });
        if (!child) {
            --running;
            notes.push_back(
                {NoteLevel::error, "agent " + outputs[index].agent + ": " + child.error().text});
        }
    }

    void ended(std::size_t index, const io::ProcessResult& result)
    {
        --running;
        if (dropped) {
            return;
        }
        if (result.outcome == io::ProcessOutcome::timed_out) {
            notes.push_back({NoteLevel::error, "agent " + outputs[index].agent + " meta-data " +
                                                   result.describe() + "; its type is not known"});
        } else if (!result.output_truncated) {
            outputs[index].text = result.output;
        }
        go_on();
    }
};

MetadataRun::MetadataRun(io::ProcessRunner& children, const std::string& directory, Done done)
    : impl_(std::make_shared<Impl>(children, directory, std::move(done)))
{}

MetadataRun::~MetadataRun()
{
    impl_->dropped = true;
}

void MetadataRun::start()
{
    const auto listed = list_agents(impl_->directory);
    if (!listed) {
        impl_->notes.push_back({NoteLevel::error, "agent directory: " + listed.error().text});
    } else {
        for (const std::string& warning : listed->warnings) {
            impl_->notes.push_back({NoteLevel::warning, warning});
        }
        for (const std::string& agent : listed->agents) {
            impl_->outputs.push_back({agent, ""});
        }
    }
    const auto keep = impl_;  // `done` may destroy this
    keep->go_on();
}

}  // namespace ha::service
