// SPDX-License-Identifier: Apache-2.0
#include "rgmanager/agent_discovery.hpp"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ha::service {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class AgentFolder : public testing::Test
{
protected:
    AgentFolder()
    {
        std::string pattern = testing::TempDir() + "agents.XXXXXX";
        path_ = mkdtemp(pattern.data());
    }
    ~AgentFolder() override { fs::remove_all(path_); }

    void file(const std::string& name, fs::perms permissions = fs::perms::owner_all) const
    {
        std::ofstream(path_ + "/" + name) << "#!/bin/sh\n";
        fs::permissions(path_ + "/" + name, permissions);
    }

    std::string path_;
};

TEST_F(AgentFolder, lists_files_with_any_execute_bit_in_order_of_their_names)
{
    file("b.sh");
    file("a.sh", fs::perms::others_exec);
    file("c.sh", fs::perms::owner_read);
    const AgentDirectory found = list_agents(path_).value();
    EXPECT_THAT(found.agents, ElementsAre(path_ + "/a.sh", path_ + "/b.sh"));
    EXPECT_THAT(found.warnings, IsEmpty());
}

TEST_F(AgentFolder, skips_backups_silently_and_leftovers_of_the_package_manager_with_a_warning)
{
    file("a.sh~");
    file("a.sh.rpmsave");
    file("a.rpm.sh");
    const AgentDirectory found = list_agents(path_).value();
    EXPECT_THAT(found.agents, ElementsAre(path_ + "/a.rpm.sh"));
    EXPECT_THAT(found.warnings,
                ElementsAre("Ignoring " + path_ + "/a.sh.rpmsave: Bad extension .rpmsave"));
}

TEST_F(AgentFolder, follows_links_and_skips_directories_and_dangling_links)
{
    file("a.sh");
    fs::create_directory(path_ + "/folder");
    fs::create_symlink(path_ + "/a.sh", path_ + "/link.sh");
    fs::create_symlink(path_ + "/nowhere", path_ + "/dangling.sh");
    EXPECT_THAT(list_agents(path_).value().agents,
                ElementsAre(path_ + "/a.sh", path_ + "/link.sh"));
}

TEST_F(AgentFolder, cannot_be_read_when_it_does_not_exist)
{
    const Result<AgentDirectory> found = list_agents(path_ + "/none");
    ASSERT_FALSE(found);
    EXPECT_THAT(found.error().text, HasSubstr("No such file"));
}

std::string metadata(const std::string& type)
{
    return "<?xml version=\"1.0\"?>\n<!DOCTYPE resource-agent SYSTEM \"ra-api-1-modified.dtd\">\n"
           "<resource-agent name=\"" +
           type + "\"><parameters><parameter name=\"name\"/></parameters></resource-agent>";
}

TEST(MetadataOutputs, that_are_empty_are_no_agents_and_broken_ones_are_noted)
{
    const auto [rules, notes] = rules_from_metadata(
        {{"/a", metadata("fs")}, {"/b", " \n"}, {"/c", "<resource-agent"}, {"/d", "Usage: d"}});
    EXPECT_EQ(rules.all().size(), 1u);
    ASSERT_EQ(notes.size(), 2u);
    EXPECT_THAT(notes[0].text, HasSubstr("/c:1: "));
    EXPECT_THAT(notes[1].text, HasSubstr("/d:1: "));
}

TEST(MetadataOutputs, may_start_with_blank_lines)
{
    EXPECT_EQ(rules_from_metadata({{"/a", "\n\n" + metadata("fs")}}).first.all().size(), 1u);
}

TEST(MetadataOutputs, of_a_type_that_is_known_already_are_dropped)
{
    const auto [rules, notes] =
        rules_from_metadata({{"/a", metadata("fs")}, {"/b", metadata("FS")}});
    EXPECT_EQ(rules.find("fs")->agent, "/a");
    EXPECT_THAT(notes, ElementsAre(Note{NoteLevel::error, "Error storing FS: Duplicate"}));
}

TEST(MetadataOutputs, with_entities_of_their_own_are_refused)
{
    const auto [rules, notes] = rules_from_metadata(
        {{"/a",
          "<!DOCTYPE r [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><resource-agent name='&x;'/>"}});
    EXPECT_THAT(rules.all(), IsEmpty());
    EXPECT_EQ(notes.size(), 1u);
}

}  // namespace
}  // namespace ha::service
