// SPDX-License-Identifier: Apache-2.0
//
// A sentence for a person that comes out of pure code: rg_test prints it, the daemon logs it.
#pragma once

#include <string>
#include <vector>

namespace ha::service {

enum class NoteLevel { debug, info, notice, warning, error };

struct Note {
    NoteLevel level = NoteLevel::info;
    std::string text;

    friend bool operator==(const Note&, const Note&) = default;
};

using Notes = std::vector<Note>;

}  // namespace ha::service
