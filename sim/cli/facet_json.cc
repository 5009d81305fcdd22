#include "sim/cli/facet_json.h"

#include <string>
#include <utility>

namespace sim {
namespace {

using Json = nlohmann::ordered_json;

}  // namespace

Json FacetsJson(FacetSet judged, FacetSet not_judged, const SubjectFacts& facts,
                FacetSet required) {
  Json seen = Json::array();
  Json missing = Json::array();
  Json seen_by = Json::object();
  for (const FacetInfo& info : AllFacets()) {
    if (judged.Has(info.facet)) {
      seen.push_back(std::string(info.name));
      if (info.seen_by != nullptr) seen_by[info.name] = std::string(info.seen_by(facts));
    }
    if (!not_judged.Has(info.facet)) continue;
    const FacetGap gap = info.gap(facts);
    Json violations = Json::array();
    for (const ViolationKind kind : ViolationsOf(info)) {
      violations.push_back(std::string(ViolationName(kind)));
    }
    missing.push_back({{"facet", std::string(info.name)},
                       {"what", std::string(gap.what)},
                       {"why", std::string(gap.why)},
                       {"violations", std::move(violations)},
                       {"required", required.Has(info.facet)}});
  }
  return {{"judged", std::move(seen)},
          {"seen_by", std::move(seen_by)},
          {"not_judged", std::move(missing)}};
}

}  // namespace sim
