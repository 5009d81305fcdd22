// A subject whose functions do not run here: the calls that a runner makes of it are noted for the
// image, and made again afterwards with what the image's calls returned. So the same code decides
// in both places what is called and what came of it (sim/scenario/library_call.h).
#ifndef SIM_RING0_HOST_IMAGE_SUBJECT_H_
#define SIM_RING0_HOST_IMAGE_SUBJECT_H_

#include <span>
#include <string>
#include <vector>

#include "sim/machine/store_watch.h"
#include "sim/ring0/replay/packed.h"
#include "sim/subject/subject.h"

namespace sim {

// A call as the image is to make it.
struct ImageCall {
  ring0::PackedOp op;
  std::string bytes;  // what the kernel's buffer holds at first
};

// What came of it.
struct ImageReturn {
  ring0::PackedResult result;
  std::string room;                           // what the buffer holds after the call
  std::string table;                          // the segments that were fetched
  std::vector<ring0::PackedTouches> touches;  // loads and stores, as far as they are reported
};

// The same functions as `real` has, which stays valid, and none that it has not. One at a time.
const axptr_subject& ImageSubject(const axptr_subject& real);

// Until the next of these two, calls of the image's subject are noted in `call`, and return
// nothing.
void NoteImageCalls(ImageCall* call);
// Until then they return `returned`, and `watch` is told of its touches; null: of none.
void ReplayImageCalls(const ImageReturn* returned, StoreWatch* watch);

}  // namespace sim

#endif  // SIM_RING0_HOST_IMAGE_SUBJECT_H_
