package dev.domicile.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ConnectConfigTest {

  @ParameterizedTest
  @ValueSource(strings = {"/*", "*", "", "health", "/a*", "/*/b", "/a/*/*"})
  void refusesAPatternThatMatchesAllOrNothing(String pattern) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ConnectConfig("app", "", List.of(), List.of(pattern)))
        .withMessageContaining("openPaths");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ConnectConfig("app", "", List.of(pattern), List.of()))
        .withMessageContaining("contextTokenPaths");
  }

  @ParameterizedTest
  @CsvSource({
    "/health, true",
    "/health/, false",
    "/healthy, false",
    "/health/live, false",
    "/public, true",
    "/public/, true",
    "/public/a/b, true",
    "/publication, false",
    "/, false"
  })
  void matchesWholePathsAndWholeFolders(String path, boolean matches) {
    assertThat(new PathSet(List.of("/health", "/public/*")).contains(path)).isEqualTo(matches);
  }

  @Test
  void refusesAnAppKeyThatWouldBreakOutOfAHeader() {
    assertThatIllegalArgumentException().isThrownBy(() -> new ConnectConfig("a\"b"));
    assertThatIllegalArgumentException().isThrownBy(() -> new ConnectConfig("a\r\nb"));
  }

  @Test
  void refusesABasePathThatIsNone() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ConnectConfig("app", "https://host/base", List.of(), List.of()))
        .withMessageContaining("basePath");
  }
}
