#include "axptr/copied.h"

#include "gtest/gtest.h"

namespace axptr {
namespace {

TEST(Copied, SaysWhetherAllWasMoved) {
  EXPECT_TRUE(Copied{.done = 8}.is_complete());
  EXPECT_TRUE(Copied{.done = 8}.whole().has_value());
  const Copied cut{.done = 8, .error = LinuxError::kEnomem};
  EXPECT_FALSE(cut.is_complete());
  EXPECT_EQ(cut.whole(), LinuxResult<void>(std::unexpected(LinuxError::kEnomem)));
}

TEST(Copied, AShortCountIsAnErrorOnlyWhereNothingWasMoved) {
  using Count = LinuxResult<std::size_t>;
  EXPECT_EQ(Copied{.done = 8}.short_count(), Count(8));
  EXPECT_EQ((Copied{.done = 8, .error = LinuxError::kEfault}.short_count()), Count(8));
  EXPECT_EQ((Copied{.done = 0, .error = LinuxError::kEintr}.short_count()),
            Count(std::unexpected(LinuxError::kEintr)));
  EXPECT_EQ(Copied{}.short_count(), Count(0));
}

}  // namespace
}  // namespace axptr
