package dev.domicile.benchmarks;

import static dev.domicile.benchmarks.CommandLineRun.run;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Every benchmark of requests runs and yields a figure; how high it is depends on the machine. */
final class RoutingBenchmarksIT {
  @Test
  void routesWithAndWithoutDomicile() {
    assertThat(
            run("routing", "--shots", "1", "--threads", "1", "--millis", "20", "--iterations", "5"))
        .containsPattern("bareCache +1 +1 +\\d+\\.\\d ")
        .containsPattern("resolve +1 +1 +\\d+\\.\\d ")
        .containsPattern("resolve +10000 +1 +\\d+\\.\\d ")
        .containsPattern("barePool +1 +\\d+\\.\\d ")
        .containsPattern("springRouting +1 +\\d+\\.\\d ")
        .containsPattern("connectionInScope +1 +\\d+\\.\\d ")
        .containsPattern("scopeAndConnection +1 +\\d+\\.\\d ")
        .containsPattern("otherTenant +1 +\\d+\\.\\d ");
  }

  @Test
  void noNodeKeepsAStaleRoute() {
    assertThat(
            run(
                "nodes",
                "--nodes",
                "2",
                "--routes",
                "2000",
                "--watched",
                "20",
                "--rate",
                "100",
                "--seconds",
                "2",
                "--cut-millis",
                "500"))
        .contains("2 nodes have cached 2000 routes each")
        .containsPattern("2 +\\d+ .* 0 +0\\R");
  }

  @Test
  void warmTenantsOutliveTheControlDatabase() {
    assertThat(run("outage", "--seconds", "2", "--warm", "10"))
        .containsPattern("SIGSTOP +\\d+ +0 ")
        .containsPattern("SIGKILL +\\d+ +0 ");
  }

  @Test
  void aDeadRealmHoldsABoundedNumberOfThreads() {
    assertThat(run("isolation", "--seconds", "2", "--rounds", "1", "--rate", "50"))
        .containsPattern("EU +stopped +\\d+ +0 ")
        .contains("a realm holds at most 40 of 200 threads");
  }

  @Test
  void authenticatesHereAndWithAtlassiansLibrary() {
    assertThat(run("authentication", "--shots", "1", "--millis", "20", "--iterations", "5"))
        .containsPattern("call +atlassian +\\d+ ")
        .containsPattern("call +filter +\\d+ ")
        .containsPattern("page +atlassian +\\d+ ")
        .containsPattern("page +filter +\\d+ ");
  }
}
