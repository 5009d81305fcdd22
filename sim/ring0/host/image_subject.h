// A subject whose functions do not run on the host. First, calls of the subject are recorded for
// the image. Later the same calls are made again and return the results of the image's calls.
// Therefore the same code (sim/scenario/library_call.h) decides, for the simulation and for the
// image, which function is called and what the outcome is.
#ifndef SIM_RING0_HOST_IMAGE_SUBJECT_H_
#define SIM_RING0_HOST_IMAGE_SUBJECT_H_

#include <span>
#include <string>
#include <vector>

#include "sim/machine/store_watch.h"
#include "sim/ring0/replay/packed.h"
#include "sim/subject/subject.h"

namespace sim {

// A call for the image to make.
struct ImageCall {
  ring0::PackedOp op;
  std::string bytes;  // the initial contents of the kernel's buffer
};

// The result of an ImageCall.
struct ImageReturn {
  ring0::PackedResult result;
  std::string room;                           // the contents of the buffer after the call
  std::string table;                          // the fetched segments
  std::vector<ring0::PackedTouches> touches;  // the reported loads and stores
};

// A subject with exactly the functions that `real` has. `real` must stay valid. Only one image
// subject may be in use at a time.
const axptr_subject& ImageSubject(const axptr_subject& real);

// Until the next call of NoteImageCalls or ReplayImageCalls, calls of the image's subject are
// recorded in `call` and return nothing.
void NoteImageCalls(ImageCall* call);
// Until the next call of NoteImageCalls or ReplayImageCalls, calls of the image's subject return
// `returned`, and its touches are reported to `watch`. A null `watch` receives no touches.
void ReplayImageCalls(const ImageReturn* returned, StoreWatch* watch);

}  // namespace sim

#endif  // SIM_RING0_HOST_IMAGE_SUBJECT_H_
