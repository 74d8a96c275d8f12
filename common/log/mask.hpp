// SPDX-License-Identifier: Apache-2.0
//
// Secrets stay out of logs, messages and dumps: agents echo their parameters, people mail their
// logs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ha::log {

/// True for names of parameters whose value is secret: passwd, password, passphrase, secret, token,
/// key, community, snmp_priv_passwd, snmp_auth*, ... Case, `-` and `_` do not matter; prefixes such
/// as `ipmi_` are fine. Not for ssh_identity-like paths or `keyfile`: they name where, not what.
[[nodiscard]] bool is_secret_key(std::string_view key);

/// `text` with the value of every secret `key=value` (value up to end of line, or quoted, or
/// `key="v"` in XML and command lines) replaced by `******`, and every occurrence of a known secret
/// value too. Known values shorter than 3 characters are not searched for: they would mask
/// everything.
[[nodiscard]] std::string mask_secrets(std::string_view text,
                                       const std::vector<std::string>& known_values = {});

}  // namespace ha::log
