// SPDX-License-Identifier: Apache-2.0
#include "cman/manager.hpp"

#include <utility>

#include "common/daemon/skeleton.hpp"
#include "common/io/clock.hpp"
#include "common/io/cmap.hpp"
#include "common/io/file.hpp"
#include "common/log/log.hpp"

namespace ha::cman {

namespace {

constexpr const char* corosync_program = "/usr/sbin/corosync";
constexpr Duration preflight_time = std::chrono::seconds{20};
constexpr Duration start_time = std::chrono::seconds{60};
constexpr Duration stop_patience = std::chrono::seconds{10};
constexpr Duration lost_patience = std::chrono::milliseconds{500};
constexpr Duration farewell_time = std::chrono::milliseconds{50};

}  // namespace

Manager::Manager(io::Loop& loop, Roots roots, DaemonLife life, Callbacks callbacks)
    : loop_(loop),
      roots_(std::move(roots)),
      life_(std::move(life)),
      callbacks_(std::move(callbacks)),
      runner_(loop, {roots_.run_file("agents"), "cmand", roots_.libexec_file("ha-exec")}),
      corosync_(loop, [this](const std::string& why) { on_corosync_death(why); }),
      server_(loop, {.path = roots_.run_file("cmand.sk"), .mode = 0666, .limits = {}},
              {.on_connect = {},
               .on_frame = [this](io::ConnectionId from,
                                  const io::SocketFrame& frame) { on_frame(from, frame); },
               .on_close = [this](io::ConnectionId gone) { subscriber_gone(gone); }}),
      token_hold_(loop),
      cpg_(loop, {.group = "cmand"},
           {.on_joined = [this](NodeId) { token_hold_.begin(); },
            .on_event = [this](const view::GroupEvent& event) { on_group_event(event); },
            .on_stranger = [](NodeId node,
                              std::uint32_t pid) { daemon::log_stranger("cmand", node, pid); },
            .on_lost = [this](const std::string& why) { on_corosync_lost(why); }}),
      quorum_(loop, {},
              {.on_quorum =
                   [this](const view::QuorumChanged& change) {
                       votes_are_old_ = true;
                       feed(QuorumReported{change.quorate});
                   },
               .on_nodes = [this](const io::QuorumNodes& nodes) { on_nodes(nodes); },
               .on_lost = [this](const std::string& why) { on_corosync_lost(why); }}),
      core_timer_(loop, [this] { feed(TimePassed{}); }),
      reload_timer_(loop, [this] { tell_reload(ReloadTimePassed{}); }),
      votes_timer_(loop, [this] { refresh_votes(); }),
      start_timer_(
          loop,
          [this] {
              end({ExitCode::system, "corosync runs, but no membership formed within 60 s; see " +
                                         roots_.log + "/corosync.log"});
          }),
      lost_timer_(loop,
                  [this] {
                      log::write(log::Event::corosync_lost, "it hung up and did not end");
                      corosync_.kill();
                  }),
      kill_timer_(loop, [this] { kill_through_corosync(); }),
      finish_timer_(loop, [this] { callbacks_.on_end(ending_->code, ending_->why); })
{}

Manager::~Manager() = default;

Status Manager::start(const JoinOverrides& overrides)
{
    if (const auto ended = runner_.end_recorded_children(); !ended) {
        return ended.error();
    }
    for (const std::string& path :
         {roots_.cluster_conf, roots_.run_file("corosync.conf"), run_record_path(roots_)}) {
        StagedFiles::remove_left_over(path);
    }
    const Result<std::optional<RunRecord>> record = read_run_record(roots_);
    if (!record) {
        return record.error();
    }
    if (!*record || (*record)->node_life != life_.node) {
        Result<ActiveConfiguration> active = read_configuration(roots_, overrides);
        if (!active) {
            return active.error();
        }
        const Status prepared = prepare(*std::move(active), false);
        return prepared ? start_fresh() : prepared;
    }
    const RunRecord& former = **record;
    if (!is_alive(former.corosync)) {
        return Error{ErrorCode::unavailable,
                     "corosync died while cmand was away; join again with cman_tool join"};
    }
    Result<ActiveConfiguration> active =
        load_configuration(roots_, former.document.bytes, former.filename, former.overrides);
    if (!active) {
        return active.error();
    }
    if (const Status prepared = prepare(*std::move(active), former.accepted); !prepared) {
        return prepared;
    }
    if (const Status adopted = corosync_.adopt(former.corosync); !adopted) {
        return adopted;
    }
    log::write(log::Event::corosync_adopted, "the running corosync goes on",
               {{"pid", former.corosync.pid}});
    connect_to_corosync();
    return ok();
}

Status Manager::prepare(ActiveConfiguration active, bool adopted)
{
    for (const std::string& complaint : active.complaints) {
        log::write(log::Event::config_problem, complaint);
    }
    log::write(log::Event::config_loaded, "cluster.conf is active",
               {{"version", active.id.version}, {"node", active.local_name}});
    core_ = std::make_unique<Membership>(
        MembershipConfig{.self = active.local,
                         .life = life_,
                         .config = active.id,
                         .addresses = table_of(active),
                         .adopted = adopted,
                         .shutdown_timeout = active.model.shutdown_timeout},
        active.model);
    reload_ = std::make_unique<Reload>(ReloadConfig{.self = active.local,
                                                    .active = active.id,
                                                    .document = active.document,
                                                    .names = names_of(active.model),
                                                    .last_number = life_.started_us});
    active_ = std::move(active);
    return server_.open();
}

Status Manager::start_fresh()
{
    if (io::Cmap::connect()) {
        return Error{ErrorCode::already_exists, "Corosync Cluster Engine is already running"};
    }
    const std::string path = roots_.run_file("corosync.conf");
    if (Status written = io::write_file(path, corosync_conf(*active_, roots_), 0600); !written) {
        return written;
    }
    io::ProcessSpec preflight;
    preflight.argv = {corosync_program, "-t", "-c", path};
    preflight.environment = io::base_environment();
    preflight.timeout = preflight_time;
    preflight.subject = "corosync";
    preflight.action = "check";
    const auto started =
        runner_.start(preflight, [this](const io::ProcessResult& result) { on_preflight(result); });
    return started ? ok() : Status(started.error());
}

void Manager::on_preflight(const io::ProcessResult& result)
{
    if (!result.succeeded()) {
        const std::string words = result.output.empty() ? result.describe() : result.output;
        end({ExitCode::configuration, "corosync refuses its configuration: " + words});
        return;
    }
    const Status started = corosync_.start(corosync_program, roots_.run_file("corosync.conf"));
    if (!started) {
        end({ExitCode::system, started.error().text});
        return;
    }
    save_record();
    log::write(log::Event::corosync_started, "", {{"pid", corosync_.identity()->pid}});
    connect_to_corosync();
}

void Manager::connect_to_corosync()
{
    start_timer_.set_in(start_time);
    cpg_.join();
    quorum_.start();
}

void Manager::on_corosync_lost(const std::string& why)
{
    if (!ending_ && corosync_.identity() && !lost_timer_.due()) {
        log::debug("corosync hung up", {{"reason", why}});
        lost_timer_.set_in(
            lost_patience);  // its pidfd says at once if it died; if not, it is of no use any more
    }
}

void Manager::on_corosync_death(const std::string& why)
{
    lost_timer_.cancel();
    start_timer_.cancel();
    if (ending_) {
        log::write(log::Event::corosync_stopped, "", {{"how", why}});
    } else {
        log::write(log::Event::corosync_died, "this node is no member any more", {{"reason", why}});
        tell_stopping(false, "corosync died: " + why);
        ending_ = Ending{ExitCode::system, "corosync died: " + why};
    }
    finish();
}

void Manager::end(Ending ending)
{
    if (ending_) {
        return;
    }
    ending_ = std::move(ending);
    if (corosync_.identity()) {
        quorum_.stop();
        lost_timer_.set_in(2 * stop_patience);
        if (cpg_.is_joined()) {
            cpg_.leave([this] { corosync_.stop(stop_patience); });  // on_corosync_death finishes
        } else {
            corosync_.stop(stop_patience);
        }
    } else {
        finish();
    }
}

void Manager::finish()
{
    // A member whose corosync died keeps its record: whoever restarts cmand must not make it join
    // again (S5).
    const bool died_as_member = is_member_ && ending_->code == ExitCode::system;
    if (!died_as_member) {
        if (const Status removed = remove_run_record(roots_); !removed) {
            log::debug(removed.error().text);
        }
    }
    finish_timer_.set_in(farewell_time);
}

RunRecord Manager::record_of(const ActiveConfiguration& configuration) const
{
    RunRecord record;
    record.node_life = life_.node;
    record.corosync = corosync_.identity().value_or(ProcessIdentity{});
    record.accepted = is_member_;
    record.overrides = configuration.overrides;
    record.document.bytes = configuration.document;
    record.filename = configuration.filename;
    return record;
}

void Manager::save_record()
{
    if (const Status saved = write_run_record(roots_, record_of(*active_)); !saved) {
        log::write(log::Event::run_record_not_kept, saved.error().text);
    }
}

std::string Manager::describe() const
{
    return core_ ? core_->describe() + reload_->describe() : "cman state=starting\n";
}

}  // namespace ha::cman
