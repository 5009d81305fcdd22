#include "sim/machine/fetch_log.h"

#include <algorithm>
#include <map>
#include <random>
#include <vector>

#include "gmock/gmock.h"

namespace sim {
namespace {

using Again = FetchLog::Again;

FetchLog Loaded(const std::vector<std::pair<uint64_t, uint64_t>>& loads) {
  FetchLog log;
  log.BeginAccess();
  log.BeginAttempt();
  for (const auto& [address, size] : loads) log.Add(address, size);
  return log;
}

TEST(FetchLogTest, AdjacentOrSeparateLoadsLoadNoByteAgain) {
  EXPECT_EQ(Loaded({}).again(), Again());
  EXPECT_EQ(Loaded({{100, 8}, {108, 1}, {109, 16}}).again(), Again());  // upwards
  EXPECT_EQ(Loaded({{100, 8}, {92, 8}, {80, 4}}).again(), Again());     // downwards
  EXPECT_EQ(Loaded({{100, 8}, {120, 8}, {108, 12}}).again(), Again());  // the gap, exactly
}

TEST(FetchLogTest, CountsEachByteThatIsLoadedAgainAndSaysWhereTheFirstWas) {
  EXPECT_EQ(Loaded({{100, 8}, {100, 8}}).again(), (Again{8, 100}));
  EXPECT_EQ(Loaded({{100, 8}, {107, 8}}).again(), (Again{1, 107}));
  EXPECT_EQ(Loaded({{100, 8}, {93, 8}}).again(), (Again{1, 100}));
  EXPECT_EQ(Loaded({{100, 2}, {104, 2}, {108, 2}, {99, 10}}).again(), (Again{5, 100}));
  EXPECT_EQ(Loaded({{100, 1}, {100, 1}, {100, 1}}).again(), (Again{2, 100}));
  EXPECT_EQ(Loaded({{100, 2}, {100, 1}, {90, 1}, {90, 1}}).again(), (Again{2, 100}));
}

TEST(FetchLogTest, ASecondAttemptMayLoadAgainWhatTheFirstLoaded) {
  FetchLog log = Loaded({{100, 8}});
  log.BeginAttempt();
  log.Add(100, 8);
  EXPECT_EQ(log.again_in_attempt(), Again());
  EXPECT_EQ(log.again(), (Again{8, 100}));
  log.Add(104, 1);
  EXPECT_EQ(log.again_in_attempt(), (Again{1, 104}));
  log.BeginAttempt();  // repeated loads of earlier attempts stay recorded
  EXPECT_EQ(log.again_in_attempt(), (Again{1, 104}));
}

TEST(FetchLogTest, AnAccessBeginsWithNothingLoaded) {
  FetchLog log = Loaded({{100, 8}, {100, 8}});
  log.BeginAccess();
  log.BeginAttempt();
  log.Add(100, 8);
  EXPECT_EQ(log.again(), Again());
  EXPECT_EQ(log.again_in_attempt(), Again());
}

TEST(FetchLogTest, AgreesWithACountForEachByteOnRandomLoads) {
  std::mt19937 random(1);
  for (int round = 0; round < 2000; ++round) {
    FetchLog log = Loaded({});
    std::map<uint64_t, int> loads_of;
    Again again;
    for (int load = 0; load < 12; ++load) {
      const uint64_t address = 1000 + random() % 64;
      const uint64_t size = 1 + random() % 16;
      for (uint64_t byte = address; byte < address + size; ++byte) {
        if (loads_of[byte]++ == 0) continue;
        if (again.bytes++ == 0) again.address = byte;
      }
      log.Add(address, size);
      ASSERT_EQ(log.again(), again) << "round " << round << ", load " << load;
    }
  }
}

}  // namespace
}  // namespace sim
