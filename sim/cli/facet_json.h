// The facets of a run (sim/oracle/facet.h) in JSON.
#ifndef SIM_CLI_FACET_JSON_H_
#define SIM_CLI_FACET_JSON_H_

#include <nlohmann/json.hpp>

#include "sim/oracle/facet.h"

namespace sim {

// {"judged": ["flag"],
//  "not_judged": [{"facet": "loads", "what": "double fetches", "why": "loads are not watched",
//                  "violations": ["access.double_fetch"], "required": false}]}
// `judged` and `not_judged` are the sets of a Verdict, or the unions of several; `facts` belong to
// the subject.
nlohmann::ordered_json FacetsJson(FacetSet judged, FacetSet not_judged, const SubjectFacts& facts,
                                  FacetSet required);

}  // namespace sim

#endif  // SIM_CLI_FACET_JSON_H_
