package dev.domicile.benchmarks;

import java.util.List;

/**
 * What was measured of one side.
 *
 * @param values at least one, in ascending order
 */
record Samples(List<Double> values) {
  Samples {
    if (values.isEmpty()) {
      throw new IllegalArgumentException("nothing was measured");
    }
    values = values.stream().sorted().toList();
  }

  double median() {
    int middle = values.size() / 2;
    return values.size() % 2 == 1
        ? values.get(middle)
        : (values.get(middle - 1) + values.get(middle)) / 2;
  }

  /** The value that this share of all is not above. */
  double quantile(double share) {
    return values.get(Math.max(0, (int) Math.ceil(share * values.size()) - 1));
  }

  double min() {
    return values.get(0);
  }

  double max() {
    return values.get(values.size() - 1);
  }

  /** The least and the most, each in the given format. */
  String range(String format) {
    return TextTable.number(format, min()) + ".." + TextTable.number(format, max());
  }
}
