#include "sim/scenario/runner.h"

#include <cerrno>
#include <cstdint>
#include <utility>

#include "sim/machine/check.h"
#include "sim/machine/subject_code.h"
#include "sim/machine/subject_flag.h"
#include "sim/scenario/library_call.h"
#include "sim/scenario/set_up.h"
#include "sim/subject/subject_access.h"
#include "sim/subject/subjects.h"

namespace sim {
namespace {

static_assert(kMaxCpus == Kernel::kMaxCpus);
static_assert(kReachPages == 64);

// An access of user code to each page of [address, address + size), in ascending order. A store
// changes the first byte.
Outcome TouchPagesAsUser(Machine& machine, uint64_t address, uint64_t size, bool write) {
  using axptr::MappingFlags;
  const MappingFlags access = write ? MappingFlags::WRITE : MappingFlags::READ;
  uint8_t flipped_bits = write ? kFlippedInFirst : 0;
  while (size != 0) {
    // A touch that neither faults nor changes a byte has no effect, and is skipped.
    const bool leaves_nothing =
        flipped_bits == 0 && machine.address_space().LetsThrough(address, access);
    if (!leaves_nothing && !machine.TouchAsUser(address, write, flipped_bits)) {
      return Outcome::Error(EFAULT);
    }
    flipped_bits = 0;
    const uint64_t to_page_end = kPageBytes - address % kPageBytes;
    if (size <= to_page_end) break;
    address += to_page_end;
    size -= to_page_end;
  }
  return Outcome::Ok();
}

Outcome TouchAsKernel(Machine& machine, uint64_t address, bool write) {
  machine.TouchAsKernel(address, write, kFlippedInFirst);
  return Outcome::Ok();
}

bool SwitchesTasks(const axptr_subject& subject) {
  return subject.switching != nullptr && subject.switching->while_switched_away != nullptr;
}

const axptr_subject* g_selected = nullptr;

}  // namespace

SubjectFacts FactsOf(const axptr_subject& subject, bool watched) {
  SubjectFacts facts = {
      .build_traces_loads = LoadsAreTraced(),
      .reports_loads = subject.reports_loads,
      .loads_are_watched = watched,
      .build_traces_stores = StoresAreTraced(),
      .reports_stores = subject.reports_stores,
      .hardware_closes = HardwareClosesWindow() && subject.switching != nullptr,
      .has_flag = subject.allow_faults != nullptr,
      .nests = subject.with_faults_allowed != nullptr && SwitchesTasks(subject),
      // A recoverable user access needs the flag; a subject with fixups declares none.
      .makes_attempts = subject.allow_faults != nullptr && subject.find_fixup == nullptr,
      .counts_exactly = subject.counts_exactly,
      .user_start = subject.user_start,
      .user_end = subject.user_end};
  if (subject.takes_element == nullptr) return facts;
  facts.elements = 0;
  for (int i = 0; i < kElementTypeCount; ++i) {
    Op op;
    op.type = static_cast<ElementType>(i);
    if (subject.takes_element(ElementOf(op))) facts.elements |= uint32_t{1} << i;
  }
  return facts;
}

void SelectSubject(const axptr_subject& subject) { g_selected = &subject; }

const axptr_subject& SelectedSubject() {
  return g_selected != nullptr ? *g_selected : *LinkedSubjects().front();
}

bool CanRaceAtLoads() { return LoadsAreTraced() && SelectedSubject().reports_loads; }

absl::StatusOr<std::unique_ptr<Runner>> Runner::Create() {
  absl::StatusOr<std::unique_ptr<Machine>> machine = Machine::Create();
  if (!machine.ok()) return machine.status();
  Machine* const whole = machine->get();
  return std::unique_ptr<Runner>(new Runner(*std::move(machine), whole));
}

std::unique_ptr<Runner> Runner::Create(std::unique_ptr<Kernel> kernel) {
  return std::unique_ptr<Runner>(new Runner(std::move(kernel), /*machine=*/nullptr));
}

Runner::Runner(std::unique_ptr<Kernel> kernel, Machine* machine)
    : kernel_(std::move(kernel)),
      machine_(machine),
      races_(machine, [this](const Op& op, Effects* effects) { return Access(op, effects); }) {
  set_subject(SelectedSubject());
}

Runner::~Runner() {
  kernel_.reset();
  UseFlagOf(nullptr);
  UseCodeOf(nullptr);
}

void Runner::set_subject(const axptr_subject& subject) {
  subject_ = &subject;
  facts_ = FactsOf(subject, facts_.loads_are_watched);
  facts_.sees_contents = !kernel_->unseen().contents;
  facts_.sees_faults = !kernel_->unseen().faults;
  facts_.hardware_closes = machine_ != nullptr && facts_.hardware_closes;
  UseFlagOf(&subject);
  UseCodeOf(&subject);
  kernel_->set_switching(subject.switching);
  subject.attach(&Kernel::services());
}

const Trace& Runner::Run(const Scenario& scenario) {
  kernel_->Reset({.cpus = scenario.machine.cpus,
                  .frames = FramesOf(scenario.machine),
                  .lock = scenario.machine.lock,
                  .smap = scenario.machine.smap});
  if (machine_ != nullptr) races_.EndAccess();
  trace_.ops.clear();
  trace_.subject = facts_;
  bool panicked = false;
  for (size_t i = 0; i < scenario.ops.size(); ++i) {
    OpRecord& record = trace_.ops.emplace_back();
    if (panicked) continue;  // the outcome is Outcome::NotRun()
    if (observer_ != nullptr) observer_->BeforeOperation(i, *machine_);
    RunOp(scenario.ops[i], i, &record);
    if (observer_ != nullptr) observer_->AfterOperation(i, *machine_, record.outcome);
    panicked = record.outcome.kind == Outcome::Kind::kPanic;
  }
  trace_.unseen = kernel_->unseen();
  trace_.max_events = kernel_->event_log().room();
  kernel_->event_log().Swap(trace_.events);
  kernel_->ResetSpaces();
  trace_.frames_after_reset = kernel_->frames().free();
  return trace_;
}

void Runner::RunOp(const Op& op, size_t index, OpRecord* record) {
  kernel_->event_log().BeginOperation();
  record->first_event = kernel_->event_log().events().size();
  record->events_dropped = kernel_->event_log().dropped();  // before it
  kernel_->SwitchTo(op.cpu);
  record->flag_before = kernel_->current_flag();
  const uint64_t failures = kernel_->injector().failures();
  const bool is_watched = facts_.loads_are_watched && !op.race && IsLibraryAccess(op.verb);
  if (IsLibraryAccess(op.verb) && !IsOffered(op, *subject_)) {
    record->outcome = Outcome::NotOffered();
  } else if (op.race) {
    SIM_CHECK(machine_ != nullptr);
    races_.Arm(op, index);
    record->outcome = Outcome::Armed();
  } else if (IsAccess(op.verb)) {
    RunAccess(op, record);
  } else {
    record->outcome = SetUpOutcome(op, *kernel_);
  }
  record->injected = kernel_->injector().failures() - failures;
  if (is_watched) {
    record->again_in_attempt = fetch_log_.again_in_attempt();
    record->again = fetch_log_.again();
  }
  RecordState(op, record);
}

void Runner::RunAccess(const Op& op, OpRecord* record) {
  const auto access = [&] { record->outcome = Access(op, &record->effects); };
  const bool survived =
      machine_ != nullptr ? RunOnMachine(access, record) : kernel_->RunKernel(access);
  record->misuses = kernel_->misuses();
  if (survived) return;
  record->outcome = Outcome::Panic();
  record->effects = Effects();
}

bool Runner::RunOnMachine(absl::FunctionRef<void()> access, OpRecord* record) {
  races_.BeginAccess();
  fetch_log_.BeginAccess();
  machine_->set_fetch_log(facts_.loads_are_watched ? &fetch_log_ : nullptr);
  machine_->address_space().SettleWindow();
  const bool survived = machine_->RunKernel(access);
  record->reached = races_.reached();
  for (const Races::ArmedOp& armed : races_.armed()) trace_.ops[armed.index].race = armed.record;
  races_.EndAccess();
  machine_->set_fetch_log(nullptr);
  return survived;
}

Outcome Runner::Access(const Op& op, Effects* effects) {
  const VerbClass verb_class = InfoOf(op.verb).verb_class;
  SIM_CHECK(machine_ != nullptr || verb_class == VerbClass::kLibrary);
  switch (verb_class) {
    case VerbClass::kUser:
      return TouchPagesAsUser(*machine_, op.address, op.length, IsStore(op.verb));
    case VerbClass::kKernel:
      return TouchAsKernel(*machine_, op.address, IsStore(op.verb));
    case VerbClass::kLibrary:
      return CallLibrary(*subject_, op, *kernel_, BufferOfCall(), effects);
    case VerbClass::kSetUp:
      break;
  }
  SIM_CHECK(false);
  return Outcome::NotRun();
}

KernelBuffer& Runner::BufferOfCall() {
  const auto depth = static_cast<size_t>(races_.depth());
  const uint64_t call = CallNumber(trace_.ops.size() - 1, depth);
  // If the kernel handles no faults, a touch outside is only visible by its effect.
  const auto place =
      kernel_->unseen().faults ? KernelBuffer::Place::kMiddle : KernelBuffer::PlaceOf(call);
  buffers_[depth].BeginCall(call, place);
  return buffers_[depth];
}

void Runner::RecordState(const Op& op, OpRecord* record) {
  const EventLog& log = kernel_->event_log();
  record->event_count = log.events().size() - record->first_event;
  record->events_dropped = log.dropped() - record->events_dropped;
  record->flag = kernel_->current_flag();
  record->lock_held = kernel_->lock().held();
  record->frames_free = kernel_->frames().free();
  record->pages_populated = kernel_->address_space().populated_pages();
  record->pages_shared = kernel_->address_space().shared_pages();
  const uint64_t first = FirstPageInReach(op);
  if (first != 0) record->populated_in_reach = kernel_->address_space().PopulatedNext64(first);
}

}  // namespace sim
