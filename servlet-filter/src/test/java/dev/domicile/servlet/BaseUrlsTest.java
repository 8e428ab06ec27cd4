package dev.domicile.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.domicile.router.Realm;
import java.net.URI;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class BaseUrlsTest {
  private static final Realm EU = new Realm("EU");
  private static final Realm GLOBAL = new Realm("GLOBAL");
  private static final URI BASE = URI.create("https://app.example.com/base");
  private static final BaseUrls URLS =
      new BaseUrls(BASE, Map.of(EU, URI.create("https://eu.example.com:8443")));

  @ParameterizedTest
  @CsvSource({
    "https://app.example.com/base, true",
    "https://app.example.com/base/, true",
    "HTTPS://APP.example.com/base, true",
    "https://eu.example.com:8443, true",
    "https://eu.example.com:8443/, true",
    "https://app.example.com/BASE, false",
    "https://app.example.com, false",
    "https://app.example.com/base//, false",
    "http://app.example.com/base, false",
    "https://eu.example.com, false",
    "https://eu.example.com:8443@evil.example.com, false",
    "app.example.com/base, false",
    "'', false"
  })
  void knowsItsAudience(String audience, boolean known) {
    assertThat(URLS.areAudience(List.of(audience))).isEqualTo(known);
    assertThat(URLS.areAudience(List.of(audience, "https://app.example.com/base")))
        .isEqualTo(known);
    assertThat(URLS.areAudience(List.of())).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ftp://app.example.com",
        "//app.example.com",
        "https:///path",
        "https://user@app.example.com",
        "https://app.example.com?x",
        "https://app.example.com/#x",
        "app"
      })
  void refusesWhatIsNoAddress(String url) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new BaseUrls(URI.create(url), Map.of()))
        .withMessageContaining("baseUrl");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new BaseUrls(BASE, Map.of(EU, URI.create(url))))
        .withMessageContaining("regionBaseUrls.EU");
  }

  @Test
  void refusesAGlobalRealmAmongTheOthersAndAStackWithoutAnAddress() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new BaseUrls(BASE, Map.of(EU, BASE), EU, null));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new BaseUrls(BASE, Map.of(), GLOBAL, EU))
        .withMessageContaining("stack is EU");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "installed", "/", "/a b", "/a//b", "/a/", "/a/../b", "/./a", "/..", "/a?x"})
  void refusesPathsOfTheLifecycleThatAreNoPlainPaths(String path) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new LifecyclePaths(path, "/uninstalled", null));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new LifecyclePaths("/installed", "/uninstalled", path));
  }

  @Test
  void refusesOnePathForTwoEvents() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new LifecyclePaths("/event", "/event", null));
    assertThatIllegalArgumentException().isThrownBy(() -> new LifecyclePaths("/a", "/b", "/b"));
  }
}
