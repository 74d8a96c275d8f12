// SPDX-License-Identifier: Apache-2.0
//
// Joins the files of the table (schema_table.hpp); of no use to anyone else.
#pragma once

#include "common/config/schema_table.hpp"

namespace ha::config {

extern const ElementRule fence_daemon_rule;
extern const ElementRule fence_xvmd_rule;
extern const ElementRule quorumd_rule;
extern const ElementRule dlm_rule;
extern const ElementRule gfs_controld_rule;
extern const ElementRule group_rule;
extern const ElementRule clvmd_rule;
extern const ElementRule logging_rule;
extern const ElementRule uidgid_rule;
extern const ElementRule old_event_rule;
extern const ElementRule old_aisexec_rule;
extern const ElementRule old_amf_rule;
extern const ElementRule old_service_rule;
extern const ElementRule rm_rule;

}  // namespace ha::config
