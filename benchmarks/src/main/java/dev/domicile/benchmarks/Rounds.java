package dev.domicile.benchmarks;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Runs JMH, one benchmark at a time. */
final class Rounds {
  private final boolean verbose;

  /** Rounds with JMH's own output, or without. */
  Rounds(boolean verbose) {
    this.verbose = verbose;
  }

  /** Options that select one benchmark method and stop at its first failure. */
  ChainedOptionsBuilder only(Class<?> benchmark, String method) {
    return new OptionsBuilder()
        .include("\\Q" + benchmark.getName() + "." + method + "\\E$")
        .shouldFailOnError(true)
        .verbosity(verbose ? VerboseMode.NORMAL : VerboseMode.SILENT);
  }

  /** Runs what the options select. */
  Score score(ChainedOptionsBuilder options) throws RunnerException {
    Collection<RunResult> results = new Runner(options.build()).run();
    if (results.size() != 1) {
      throw new IllegalStateException(
          "JMH gave " + results.size() + " results, expected one; run with --verbose");
    }
    RunResult result = results.iterator().next();
    return new Score(
        result.getPrimaryResult().getScore(),
        secondary(result, "gc.alloc.rate.norm"),
        secondary(result, "peakHeap"));
  }

  private static double secondary(RunResult result, String name) {
    Result<?> found = result.getSecondaryResults().get(name);
    return found == null ? Double.NaN : found.getScore();
  }

  /**
   * Runs all sides in turn, that many times.
   *
   * @return what was measured of each side, in the order of the sides
   */
  static <S> Map<S, Samples> interleave(List<S> sides, int rounds, Shot<S> shot) throws Exception {
    Map<S, List<Double>> values = new LinkedHashMap<>();
    for (int round = 1; round <= rounds; round++) {
      for (S side : sides) {
        double value = shot.run(side, round);
        values.computeIfAbsent(side, first -> new ArrayList<>()).add(value);
      }
    }
    Map<S, Samples> samples = new LinkedHashMap<>();
    values.forEach((side, measured) -> samples.put(side, new Samples(measured)));
    return samples;
  }

  /**
   * What JMH measured.
   *
   * @param value in the unit of the benchmark
   * @param bytesPerOperation what was allocated; not a number without JMH's GC profiler
   * @param peakHeap in bytes; not a number where the benchmark has no {@link MemoryPeak}
   */
  record Score(double value, double bytesPerOperation, double peakHeap) {}

  /** One measurement of one side. */
  @FunctionalInterface
  interface Shot<S> {
    /** Measures. */
    double run(S side, int round) throws Exception;
  }
}
