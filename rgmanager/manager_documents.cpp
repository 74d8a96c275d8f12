// SPDX-License-Identifier: Apache-2.0
// From cmand's active document to resource trees: read it, run the agents for their metadata,
// build, tell the core.
#include <filesystem>
#include <utility>

#include "common/config/load.hpp"
#include "common/daemon/log_settings.hpp"
#include "common/io/file.hpp"
#include "common/log/log.hpp"
#include "rgmanager/core/document.hpp"
#include "rgmanager/manager.hpp"

namespace ha::service {

namespace {

const std::string document_file = "rgmanager.document.";  ///< and its version

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

void Manager::reload()
{
    if (!last_document_) {
        return;
    }
    next_document_ = next_document_ ? next_document_ : last_document_;
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
        [this](const RuleSet& rules, const Notes& notes) { rules_came(rules, notes); });
    metadata_run_->start();
}

/// What a service is started under, its owner keeps until it is stopped (DESIGN 3): a restarted
/// rgmanager stops what a newer document does not name any more.
void Manager::keep_document(const protocol::ActiveDocument& document)
{
    const std::string path =
        roots_.run_file(document_file + std::to_string(document.config.version));
    const Status kept = io::write_run_file(path, protocol::encode(document), 0600);
    if (kept) {
        kept_documents_.insert(document.config.version);
    } else {
        log::write(log::Event::service_error, "the document could not be kept in the run root",
                   {{"reason", kept.error().text}});
    }
}

/// Once, at the start: those of an earlier node life are of no use.
void Manager::load_kept_documents(const RuleSet& rules)
{
    std::error_code unreadable;
    for (const auto& entry : std::filesystem::directory_iterator(roots_.run, unreadable)) {
        const std::string path = entry.path().string();
        if (entry.path().filename().string().rfind(document_file, 0) != 0) {
            continue;
        }
        const Result<std::string> text = io::read_file(path);
        const auto kept = text ? protocol::decode<protocol::ActiveDocument>(*text)
                               : Result<protocol::ActiveDocument>(text.error());
        const auto loaded = kept && !is_first_of_life_
                                ? config::load(kept->document.bytes, "cluster.conf")
                                : Result<config::Loaded>(Error{ErrorCode::not_found, ""});
        if (!loaded || kept->config == loading_->config) {
            static_cast<void>(io::remove_file(path));
            continue;
        }
        Notes notes;
        auto [trees, tree_notes] = build_configuration(rules, loaded->model.rm);
        former_.push_back(make_services_document(kept->config, loaded->model, trees, notes));
        runner_.add_configuration(kept->config.version,
                                  std::make_shared<const ResourceConfiguration>(std::move(trees)),
                                  0, 0);
        kept_documents_.insert(kept->config.version);
    }
}

void Manager::drop_kept_documents()
{
    const std::set<std::uint64_t> needed = core_->needed_documents();
    std::erase_if(kept_documents_, [&](std::uint64_t version) {
        if (needed.contains(version) || (newest_ && newest_->id.version == version)) {
            return false;
        }
        static_cast<void>(
            io::remove_file(roots_.run_file(document_file + std::to_string(version))));
        return true;
    });
}

void Manager::rules_came(const RuleSet& rules, const Notes& notes)
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
        if (!core_) {
            load_kept_documents(rules);
        }
        keep_document(*loading_);
        last_document_ = loading_;
        auto [trees, tree_notes] = build_configuration(rules, loaded->model.rm);
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
