#include "bench/plot.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "sim/page/page.h"

namespace bench {
namespace {

constexpr double kLeft = 64, kTop = 14, kWidth = 520, kHeight = 300;
constexpr double kLegendWidth = 230, kBottom = 46;

// Formats sizes and counts: 1, 64, 4 Ki, 1 Mi.
std::string ShortCount(double value) {
  if (value >= 1 << 20) return absl::StrCat(value / (1 << 20), " Mi");
  if (value >= 1024) return absl::StrCat(value / 1024, " Ki");
  return absl::StrCat(value);
}

std::string ShortNs(double value) {
  if (value >= 1e6) return absl::StrCat(value / 1e6, " ms");
  if (value >= 1e3) return absl::StrCat(value / 1e3, " us");
  return absl::StrCat(value, " ns");
}

struct Field {
  double x_low = HUGE_VAL, x_high = 0, y_low = HUGE_VAL, y_high = 0;

  void Take(double x, double y) {
    x_low = std::min(x_low, x);
    x_high = std::max(x_high, x);
    y_low = std::min(y_low, y);
    y_high = std::max(y_high, y);
  }

  void RoundOut() {
    y_low = std::pow(10, std::floor(std::log10(y_low)));
    y_high = std::pow(10, std::ceil(std::log10(y_high)));
    if (y_high == y_low) y_high *= 10;
    if (x_high == x_low) x_high *= 2;
  }

  double X(double x) const {
    return kLeft + kWidth * std::log(x / x_low) / std::log(x_high / x_low);
  }
  double Y(double y) const {
    return kTop + kHeight * (1 - std::log(y / y_low) / std::log(y_high / y_low));
  }
};

// `low`, then each number `step` times as large as the one before, up to `high`.
std::vector<double> Ticks(double low, double high, double step) {
  std::vector<double> ticks;
  double tick = low;
  while (tick <= high * 1.001) {
    ticks.push_back(tick);
    tick *= step;
  }
  return ticks;
}

std::string Axes(const Field& field, const std::string& x_name, const std::string& y_name) {
  std::string svg;
  for (const double y : Ticks(field.y_low, field.y_high, 10)) {
    absl::StrAppendFormat(&svg, "<line class=grid x1=%.0f x2=%.0f y1=%.1f y2=%.1f />", kLeft,
                          kLeft + kWidth, field.Y(y), field.Y(y));
    absl::StrAppendFormat(&svg, "<text class=label text-anchor=end x=%.0f y=%.1f>%s</text>",
                          kLeft - 8, field.Y(y) + 4, ShortNs(y));
  }
  const double step = std::log2(field.x_high / field.x_low) > 10 ? 4 : 2;
  for (const double x : Ticks(field.x_low, field.x_high, step)) {
    absl::StrAppendFormat(&svg, "<line class=grid x1=%.1f x2=%.1f y1=%.0f y2=%.0f />", field.X(x),
                          field.X(x), kTop, kTop + kHeight);
    absl::StrAppendFormat(&svg, "<text class=label text-anchor=middle x=%.1f y=%.0f>%s</text>",
                          field.X(x), kTop + kHeight + 18, ShortCount(x));
  }
  absl::StrAppendFormat(&svg, "<text class=label text-anchor=middle x=%.0f y=%.0f>%s</text>",
                        kLeft + kWidth / 2, kTop + kHeight + 38, sim::EscapeHtml(x_name));
  absl::StrAppendFormat(&svg, "<title>%s against %s</title>", sim::EscapeHtml(y_name),
                        sim::EscapeHtml(x_name));
  return svg;
}

std::string Legend(const std::vector<Series>& series) {
  std::string svg;
  double y = kTop + 12;
  for (size_t i = 0; i < series.size(); ++i, y += 22) {
    absl::StrAppendFormat(&svg,
                          "<line class='line s%d' x1=%.0f x2=%.0f y1=%.0f y2=%.0f />"
                          "<text class=label x=%.0f y=%.0f>%s</text>",
                          i, kLeft + kWidth + 18, kLeft + kWidth + 42, y - 4, y - 4,
                          kLeft + kWidth + 48, y, sim::EscapeHtml(series[i].name));
  }
  return svg;
}

}  // namespace

std::string LinePlot(const std::string& x_name, const std::string& y_name,
                     const std::vector<Series>& series) {
  Field field;
  for (const Series& one : series) {
    for (const auto& [x, y] : one.points) field.Take(x, y);
  }
  if (field.x_high == 0) return "";
  field.RoundOut();
  std::string svg = absl::StrFormat("<svg viewBox='0 0 %.0f %.0f' role=img>",
                                    kLeft + kWidth + kLegendWidth, kTop + kHeight + kBottom);
  svg += Axes(field, x_name, y_name);
  for (size_t i = 0; i < series.size(); ++i) {
    std::string path;
    for (const auto& [x, y] : series[i].points) {
      absl::StrAppendFormat(&path, "%s%.1f %.1f", path.empty() ? "M" : "L", field.X(x), field.Y(y));
    }
    absl::StrAppendFormat(&svg, "<path class='line s%d' d='%s'/>", i, path);
    for (const auto& [x, y] : series[i].points) {
      absl::StrAppendFormat(&svg, "<circle class='s%d' cx=%.1f cy=%.1f r=3><title>%s: %s, %.2f ns",
                            i, field.X(x), field.Y(y), sim::EscapeHtml(series[i].name),
                            ShortCount(x), y);
      svg += "</title></circle>";
    }
  }
  return svg + Legend(series) + "</svg>";
}

std::string BarPlot(const std::vector<Bar>& bars, bool logarithmic) {
  if (bars.empty()) return "";
  constexpr double kNameWidth = 250, kBarWidth = 400, kTextWidth = 170, kRow = 24;
  double low = 1, high = 0;
  for (const Bar& bar : bars) {
    low = std::min(low, bar.value);
    high = std::max(high, bar.value);
  }
  std::string svg =
      absl::StrFormat("<svg viewBox='0 0 %.0f %.0f' role=img>", kNameWidth + kBarWidth + kTextWidth,
                      kRow * static_cast<double>(bars.size()) + 6);
  double y = 4;
  for (const Bar& bar : bars) {
    const double share = logarithmic && high > low
                             ? std::log(bar.value / low) / std::log(high / low)
                             : bar.value / high;
    const double width = std::max(2.0, share * kBarWidth);
    absl::StrAppendFormat(&svg, "<text class=label text-anchor=end x=%.0f y=%.0f>%s</text>",
                          kNameWidth - 8, y + 14, sim::EscapeHtml(bar.name));
    absl::StrAppendFormat(&svg, "<rect class='s%d' x=%.0f y=%.0f width=%.1f height=%.0f rx=2 />",
                          bar.series, kNameWidth, y, width, kRow - 6);
    absl::StrAppendFormat(&svg, "<text class=label x=%.1f y=%.0f>%s</text>", kNameWidth + width + 6,
                          y + 14, sim::EscapeHtml(bar.text));
    y += kRow;
  }
  return svg + "</svg>";
}

}  // namespace bench
