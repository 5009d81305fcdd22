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
  for (const FacetInfo& info : AllFacets()) {
    if (judged.Has(info.facet)) seen.push_back(std::string(info.name));
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
  return {{"judged", std::move(seen)}, {"not_judged", std::move(missing)}};
}

}  // namespace sim
