// SPDX-License-Identifier: Apache-2.0
#include "common/config/xml_lines.hpp"

#include <algorithm>

namespace ha::config {
namespace {

bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

class Scanner
{
public:
    explicit Scanner(std::string_view bytes) : bytes_(bytes) {}

    std::optional<TagLines> run()
    {
        while (at_ < bytes_.size()) {
            if (bytes_[at_] != '<') {
                note_text();
                advance(1);
            } else if (!step_over_markup()) {
                return std::nullopt;
            }
        }
        return std::move(tags_);
    }

private:
    bool starts(std::string_view text) const { return bytes_.substr(at_, text.size()) == text; }

    void advance(std::size_t count)
    {
        for (; count > 0 && at_ < bytes_.size(); --count, ++at_) {
            line_ += bytes_[at_] == '\n' ? 1 : 0;
        }
    }

    bool skip_past(std::string_view end)
    {
        const std::size_t found = bytes_.find(end, at_);
        if (found == std::string_view::npos) {
            return false;
        }
        advance(found + end.size() - at_);
        return true;
    }

    bool step_over_markup()
    {
        if (starts("<!--")) {
            return skip_past("-->");
        }
        if (starts("<![CDATA[")) {
            note_text();
            return skip_past("]]>");
        }
        if (starts("<?")) {
            return skip_past("?>");
        }
        if (starts("</")) {
            if (open_.empty()) {
                return false;
            }
            open_.pop_back();
            return skip_past(">");
        }
        if (starts("<!")) {
            return skip_past(">");
        }
        return read_start_tag();
    }

    void note_text()
    {
        if (!open_.empty() && !is_space(bytes_[at_]) && tags_[open_.back()].text_line == 0) {
            tags_[open_.back()].text_line = line_;
        }
    }

    std::string_view read_name()
    {
        const std::size_t begin = at_;
        while (at_ < bytes_.size() && !is_space(bytes_[at_]) && bytes_[at_] != '=' &&
               bytes_[at_] != '>' && bytes_[at_] != '/') {
            ++at_;
        }
        return bytes_.substr(begin, at_ - begin);
    }

    void skip_space()
    {
        while (at_ < bytes_.size() && is_space(bytes_[at_])) {
            advance(1);
        }
    }

    bool read_start_tag()
    {
        TagLine tag{line_, 0, {}};
        advance(1);
        read_name();
        for (skip_space(); at_ < bytes_.size() && bytes_[at_] != '>' && bytes_[at_] != '/';
             skip_space()) {
            const int line = line_;
            tag.attributes.emplace_back(read_name(), line);
            skip_space();
            advance(1);  // the equals sign
            skip_space();
            if (at_ >= bytes_.size() || (bytes_[at_] != '"' && bytes_[at_] != '\'')) {
                return false;
            }
            const char quote = bytes_[at_];
            advance(1);
            if (!skip_past(std::string_view(&quote, 1))) {
                return false;
            }
        }
        tags_.push_back(std::move(tag));
        if (!starts("/")) {
            open_.push_back(tags_.size() - 1);
        }
        return skip_past(">");
    }

    std::string_view bytes_;
    std::size_t at_ = 0;
    int line_ = 1;
    TagLines tags_;
    std::vector<std::size_t> open_;  ///< indices of the tags around this place
};

}  // namespace

int TagLine::attribute(std::string_view name) const
{
    const auto found = std::find_if(attributes.begin(), attributes.end(),
                                    [&](const auto& entry) { return entry.first == name; });
    return found == attributes.end() ? line : found->second;
}

std::optional<TagLines> find_tag_lines(std::string_view bytes)
{
    const bool wide = bytes.find('\0') != std::string_view::npos;
    return wide ? std::nullopt : Scanner(bytes).run();
}

}  // namespace ha::config
