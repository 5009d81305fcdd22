// Pictures of costs as SVG, in the style of sim/page/page.css.
#ifndef BENCH_PLOT_H_
#define BENCH_PLOT_H_

#include <string>
#include <utility>
#include <vector>

namespace bench {

struct Series {
  std::string name;
  std::vector<std::pair<double, double>> points;  // x and y, both above 0, ascending in x
};

// Lines in a field with two logarithmic axes, the legend beside it. Empty if there are no points.
std::string LinePlot(const std::string& x_name, const std::string& y_name,
                     const std::vector<Series>& series);

struct Bar {
  std::string name;
  double value = 0;  // above 0
  std::string text;  // the label after it
  int series = 0;    // its colour
};

// Horizontal bars; `logarithmic`: lengths begin at 1 or at the smallest value. Empty if there are
// none.
std::string BarPlot(const std::vector<Bar>& bars, bool logarithmic);

}  // namespace bench

#endif  // BENCH_PLOT_H_
