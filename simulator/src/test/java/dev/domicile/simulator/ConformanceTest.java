package dev.domicile.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** An app without defects passes everything; each defect is found by the scenario meant for it. */
final class ConformanceTest {
  @Test
  void anAppWithoutDefectsPassesEveryScenario() throws Exception {
    Report report = Fixtures.rehearse(Set.of(), Set.of());

    assertThat(report.isConforming()).as(Fixtures.text(report)).isTrue();
    assertThat(report.count(Outcome.PASSED)).isEqualTo(Scenarios.all().size());
    assertThat(report.scenarios()).allMatch(result -> result.note().isEmpty());
    assertThat(report.scenarios()).noneMatch(result -> result.checks().isEmpty());
  }

  @ParameterizedTest
  @EnumSource(names = {"TARGET", "ALTERNATING"})
  void anAppThatServesHooksAtAnyHostPassesWhereverTheyGo(Settings.HookHost host) throws Exception {
    Report report =
        Fixtures.rehearse(
            Set.of(),
            Set.of("offline-*", "hook-retries", "late-hooks"),
            host,
            Settings.Audience.BASE);

    assertThat(report.isConforming()).as(Fixtures.text(report)).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void findsAndNamesEachDefect(Defect defect) throws Exception {
    for (String scenario : defect.scenarios()) {
      Report report = Fixtures.rehearse(Set.of(defect), Set.of(scenario));

      assertThat(report.isConforming()).isFalse();
      assertThat(report.scenarios())
          .singleElement()
          .satisfies(
              result ->
                  assertThat(result.failures())
                      .as(Fixtures.text(report))
                      .anyMatch(check -> check.rule() == defect.rule()));
    }
  }

  @Test
  void everyScenarioHasADefectThatItFinds() {
    Set<String> finding =
        Arrays.stream(Defect.values())
            .flatMap(defect -> defect.scenarios().stream())
            .collect(Collectors.toSet());

    assertThat(finding)
        .containsExactlyInAnyOrderElementsOf(Scenarios.all().stream().map(Scenario::name).toList());
  }
}
