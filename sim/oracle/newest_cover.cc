#include "sim/oracle/newest_cover.h"

#include <algorithm>
#include <bit>

#include "sim/scenario/scenario.h"

namespace sim {

static_assert(std::has_single_bit(kWindowBytes), "halves of halves are bytes in the end");

NewestCover::Span NewestCover::WholeWindow() { return {kWindowStart, kWindowBytes}; }

void NewestCover::Clear() {
  nodes_.assign(1, Node());
  free_children_.clear();
  steps_ = 0;
}

void NewestCover::Add(uint64_t start, uint64_t end, size_t layer, uint32_t number) {
  AddBelow(kRoot, WholeWindow(), start, end, layer, number);
}

void NewestCover::AddBelow(uint32_t node, Span span, uint64_t start, uint64_t end, size_t layer,
                           uint32_t number) {
  ++steps_;
  if (start <= span.start && span.start + span.bytes <= end) {
    nodes_[node].newest[layer] = number;
    if (layer == kBase) FreeChildren(node);
    return;
  }
  if (nodes_[node].children == kNone) {
    const uint32_t children = NewChildren();
    nodes_[node].children = children;
  }
  for (const uint32_t which : {0u, 1u}) {
    const Span half = span.Half(which);
    if (start < half.start + half.bytes && half.start < end) {
      AddBelow(nodes_[node].children + which, half, start, end, layer, number);
    }
  }
}

uint32_t NewestCover::NewChildren() {
  if (free_children_.empty()) {
    nodes_.resize(nodes_.size() + 2);
    return static_cast<uint32_t>(nodes_.size() - 2);
  }
  const uint32_t children = free_children_.back();
  free_children_.pop_back();
  nodes_[children] = nodes_[children + 1] = Node();
  return children;
}

void NewestCover::FreeChildren(uint32_t node) {
  const uint32_t children = nodes_[node].children;
  if (children == kNone) return;
  ++steps_;
  nodes_[node].children = kNone;
  FreeChildren(children);
  FreeChildren(children + 1);
  free_children_.push_back(children);
}

NewestCover::Found NewestCover::At(uint64_t address) const {
  Found found;
  Span span = WholeWindow();
  for (uint32_t node = kRoot;;) {
    ++steps_;
    for (size_t layer = 0; layer < kLayers; ++layer) {
      found.newest[layer] = std::max(found.newest[layer], nodes_[node].newest[layer]);
    }
    if (nodes_[node].children == kNone) break;
    const uint32_t which = address < span.Half(1).start ? 0 : 1;
    node = nodes_[node].children + which;
    span = span.Half(which);
  }
  found.end = span.start + span.bytes;
  return found;
}

}  // namespace sim
