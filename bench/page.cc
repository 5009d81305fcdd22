#include "bench/page.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "bench/plot.h"
#include "sim/page/page.h"

namespace bench {
namespace {

// The rows PREFIX/NUMBER as a line.
Series SeriesOf(const Results& results, const std::string& prefix, const std::string& name) {
  Series series{.name = name, .points = {}};
  for (const Row& row : results.rows) {
    double x = 0;
    if (!absl::StartsWith(row.name, prefix + "/")) continue;
    if (!absl::SimpleAtod(row.name.substr(prefix.size() + 1), &x) || row.ns <= 0) continue;
    series.points.emplace_back(x, row.ns);
  }
  std::sort(series.points.begin(), series.points.end());
  return series;
}

using Named = std::pair<std::string, std::string>;  // prefix of the rows, name in the legend

std::string Lines(const Results& results, const std::string& title, const std::string& text,
                  const std::string& x_name, const std::vector<Named>& rows) {
  std::vector<Series> series;
  for (const auto& [prefix, name] : rows) series.push_back(SeriesOf(results, prefix, name));
  const std::string plot = LinePlot(x_name, title, series);
  if (plot.empty()) return "";
  return absl::StrCat("<h2>", sim::EscapeHtml(title), "</h2><p class=muted>", sim::EscapeHtml(text),
                      "</p><figure>", plot, "</figure>");
}

// Rows with the ratio of their cost to that of their peer.
std::string AgainstPeers(const Results& results) {
  std::vector<Bar> bars;
  for (const Row& row : results.rows) {
    constexpr const char* kFamilies[] = {"host/", "fault/",  "access/",   "paging/", "value/",
                                         "text/", "atomic/", "segments/", "argv/",   "versioned/"};
    const bool shown =
        std::any_of(std::begin(kFamilies), std::end(kFamilies),
                    [&](const char* family) { return absl::StartsWith(row.name, family); });
    if (!shown || !row.ratio || row.peer == "load/one") continue;
    bars.push_back({absl::StrCat(row.name), *row.ratio,
                    absl::StrFormat("%.2f x %s", *row.ratio, row.peer.substr(0, 18)),
                    absl::StartsWith(row.name, "host/") ? 1 : 0});
  }
  if (bars.empty()) return "";
  return absl::StrCat(
      "<h2>Against peers</h2><p class=muted>Times the cost of the peer named after "
      "the bar, logarithmic. For host/ longer is better: it is what a check saves."
      "</p><figure>",
      BarPlot(bars, true), "</figure>");
}

std::string Traces(const Results& results) {
  std::vector<Bar> bars;
  for (const Row& row : results.rows) {
    constexpr char kPrefix[] = "trace/access/";
    if (!absl::StartsWith(row.name, kPrefix)) continue;
    const std::string program = row.name.substr(sizeof(kPrefix) - 1);
    bars.push_back(
        {absl::StrCat(program, ", whole access"), row.ns, absl::StrFormat("%.1f ns", row.ns), 0});
    const struct {
      const char* row;
      const char* name;
      int series;
    } kParts[] = {{"check", "check", 2}, {"tree_walk", "check by tree walk", 1}};
    for (const auto& part : kParts) {
      const Row* const found = results.Find(absl::StrCat("trace/", part.row, "/", program));
      if (found == nullptr) continue;
      bars.push_back({part.name, found->ns,
                      absl::StrFormat("%.1f ns, %.0f %%", found->ns, found->ns / row.ns * 100),
                      part.series});
    }
  }
  if (bars.empty()) return "";
  return absl::StrCat(
      "<h2>Recorded programs</h2><p class=muted>The mean access of each program: with its copy, "
      "the "
      "check in it alone, and that check as the original does it. Per cent: of the "
      "access.</p><figure>",
      BarPlot(bars, true), "</figure>");
}

std::string GoalTable(const std::vector<GoalResult>& goals) {
  std::string html =
      "<h2>Goals</h2><div class=cells><table "
      "class=rows><tr><th>what<th>wanted<th>measured<th></tr>";
  for (const GoalResult& goal : goals) {
    std::string verdict = "<span class=muted>not measured</span>";
    if (goal.state == GoalResult::State::kMet) verdict = "<span class=passed>met</span>";
    if (goal.state == GoalResult::State::kMissed) {
      verdict =
          absl::StrCat("<span class=failed>missed by ", sim::EscapeHtml(goal.missed_by), "</span>");
    }
    absl::StrAppend(&html, "<tr><td>", sim::EscapeHtml(goal.what), "<td>",
                    sim::EscapeHtml(goal.wanted), "<td>", sim::EscapeHtml(goal.measured), "<td>",
                    verdict, "</tr>");
  }
  return html + "</table></div>";
}

std::string AllRows(const Results& results) {
  std::string html =
      "<h2>All rows</h2><div class=cells><table class=rows><tr><th>row<th class=n>ns<th "
      "class=n>spread<th "
      "class=n>times<th>peer</tr>";
  for (const Row& row : results.rows) {
    absl::StrAppendFormat(&html, "<tr><td>%s<td class=n>%.2f<td class=n>%.0f %%<td class=n>%s",
                          sim::EscapeHtml(row.name), row.ns, row.spread * 100,
                          row.ratio ? absl::StrFormat("%.2f", *row.ratio) : "");
    absl::StrAppend(&html, "<td>", sim::EscapeHtml(row.peer), "</tr>");
  }
  return html + "</table></div>";
}

std::string Plots(const Results& results) {
  return absl::StrCat(
      Lines(results, "One value checked and loaded", "CPU time of get and a load.",
            "areas in the address space",
            {{"check/eager_const/random", "random area"},
             {"check/tree_walk/random", "tree walk (original)"},
             {"check/eager_const/middle", "the same area again"},
             {"check/eager_const_lock/random", "random area, with lock"},
             {"check/eager_const/hole", "hole: EFAULT"},
             {"check/array_walk/random", "array walk"}}),
      Lines(results, "Slices", "get_as_slice of populated pages.", "pages",
            {{"slice/one_area", "in one area"},
             {"slice/tree_walk_one_area", "one area, tree walk"},
             {"slice/many_areas", "an area for each page"},
             {"slice/tree_walk_many_areas", "the same, tree walk"}}),
      Lines(results, "Null-terminated arrays and strings",
            "With checks, page by page, and under the flag.", "length in bytes",
            {{"strlen", "strlen (glibc, AVX)"},
             {"elements/u8", "element by element"},
             {"cstr/u8", "get_as_null_terminated"},
             {"str/two_bytes", "get_as_str, two-byte text"},
             {"str/ascii", "get_as_str, ASCII"},
             {"cstr/u64", "null-terminated u64"}}),
      Lines(results, "Copies", "Out of checked memory.", "length in bytes",
            {{"memcpy", "memcpy"},
             {"access/out", "access"},
             {"slice_copy/out", "slice, no flag"},
             {"copy/fast/read_into", "read_into, rep movsb"},
             {"copy/vectors/read_into", "read_into, vectors"},
             {"copy/words/read_into", "read_into, words"}}),
      Lines(results, "CPUs",
            "Time that the machine needs for one operation: halved by a second CPU where they do "
            "not disturb each other.",
            "CPUs at once",
            {{"cpus/check_own_process", "checks, a process each"},
             {"cpus/check_shared_lock", "checks, one process and lock"},
             {"cpus/str_4096", "4 KiB strings"}}));
}

}  // namespace

std::string MakePage(const Results& results, const std::vector<GoalResult>& goals,
                     const std::vector<std::string>& noise) {
  std::string html = "<p>";
  for (const auto& [what, value] : results.machine) {
    absl::StrAppend(&html, sim::EscapeHtml(what), ": ", sim::EscapeHtml(value), "<br>");
  }
  absl::StrAppend(&html,
                  "</p><p class=muted>Medians. Only ratios within one run hold: to another "
                  "machine, or another hour, the nanoseconds mean little.</p>");
  for (const std::string& reason : noise) {
    absl::StrAppend(&html, "<p class=failed>Noisy: ", sim::EscapeHtml(reason), "</p>");
  }
  absl::StrAppend(&html, GoalTable(goals), Plots(results), Traces(results), AgainstPeers(results),
                  AllRows(results));
  return sim::PrintPage("What a check costs", html);
}

}  // namespace bench
