// SPDX-License-Identifier: Apache-2.0
// From cmand's active document to resource trees: read it, run the agents for their metadata,
// build, tell the core.
#include <utility>

#include "common/config/load.hpp"
#include "common/daemon/log_settings.hpp"
#include "common/log/log.hpp"
#include "rgmanager/core/document.hpp"
#include "rgmanager/manager.hpp"

namespace ha::service {

namespace {

void log_notes(const Notes& notes)
{
    for (const Note& note : notes) {
        log::write(note.level >= NoteLevel::error     ? log::Event::service_error
                   : note.level >= NoteLevel::warning ? log::Event::service_warning
                                                      : log::Event::service_debug,
                   note.text);
    }
}

}  // namespace

void Manager::document_came(const protocol::ActiveDocument& document)
{
    self_ = document.local_id;
    if (config_accepted_ != document.config_accepted) {
        config_accepted_ = document.config_accepted;
        if (quorum_seen_) {
            quorum_came(*quorum_seen_);
        }
    }
    if (newest_ && newest_->id == document.config) {
        return;
    }
    next_document_ = document;
    if (!metadata_run_) {
        load_next_document();
    }
}

void Manager::load_next_document()
{
    loading_ = std::exchange(next_document_, std::nullopt);
    log::write(log::Event::service_info, newest_ ? "Reconfiguring" : "Loading Service Data",
               {{"config_version", loading_->config.version}});
    metadata_run_ = std::make_unique<MetadataRun>(
        children_, roots_.agents,
        [this](RuleSet rules, const Notes& notes) { rules_came(std::move(rules), notes); });
    metadata_run_->start();
}

void Manager::rules_came(RuleSet rules, const Notes& notes)
{
    log_notes(notes);
    const auto loaded = config::load(loading_->document.bytes, "cluster.conf");
    if (!loaded) {
        // cmand checked it: two builds differ. The old document stays in force.
        log::write(log::Event::service_error, "the active document cannot be read",
                   {{"reason", loaded.error().text}});
        if (!core_) {
            skeleton_.fail(ExitCode::configuration, "no service table without a document");
            skeleton_.stop(ExitCode::configuration);
            return;
        }
    } else {
        token_ = loaded->model.totem.token;
        skeleton_.configure_log(daemon::log_settings(loaded->model, "rgmanager", roots_));
        Notes all;
        const ManagerSettings settings = read_manager_settings(loaded->model.rm, all);
        if (settings.is_disabled && !core_) {
            skeleton_.fail(ExitCode::configuration,
                           "rgmanager disabled in configuration; not starting");
            skeleton_.stop(ExitCode::configuration);
            return;
        }
        auto [trees, tree_notes] = build_configuration(std::move(rules), loaded->model.rm);
        log_notes(tree_notes);
        Notes document_notes;
        newest_ = make_services_document(loading_->config, loaded->model, trees, document_notes);
        log_notes(document_notes);
        runner_.add_configuration(loading_->config.version,
                                  std::make_shared<const ResourceConfiguration>(std::move(trees)),
                                  settings.status_child_max,
                                  core_ ? core_->group().active_config().version : 0);
        if (core_) {
            enqueue(ServicesConfigured{*newest_});
        } else {
            create_core();
            on_ready_();
        }
    }
    metadata_run_.reset();
    if (next_document_) {
        load_next_document();
    }
}

}  // namespace ha::service
