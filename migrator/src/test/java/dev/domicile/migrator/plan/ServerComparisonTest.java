package dev.domicile.migrator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.domicile.migrator.Finding;
import dev.domicile.router.Realm;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ServerComparisonTest {
  private static final Realm EU = new Realm("EU");

  @ParameterizedTest
  @ValueSource(ints = {14, 15, 16, 17, 18})
  void nothingIsSaidOfVersionsThatWereTried(int version) {
    assertThat(ServerComparison.version(EU, version)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"13, ERROR", "9, ERROR", "19, WARNING"})
  void otherVersionsAreNamed(int version, Finding.Severity severity) {
    assertThat(ServerComparison.version(EU, version))
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.code()).isEqualTo("server-version");
              assertThat(finding.severity()).isEqualTo(severity);
              assertThat(finding.toString()).contains("realms.EU", "Postgres " + version);
            });
  }
}
