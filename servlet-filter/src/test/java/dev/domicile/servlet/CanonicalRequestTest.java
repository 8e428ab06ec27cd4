package dev.domicile.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import org.junit.jupiter.params.provider.ValueSource;

final class CanonicalRequestTest {

  @ParameterizedTest
  @CsvFileSource(resources = "canonical-requests.csv", delimiter = '|')
  void agreesWithTheOtherImplementations(
      String order,
      String method,
      String url,
      @Nullable String baseUrl,
      String canonical,
      String hash)
      throws MalformedRequestException {
    String basePath = baseUrl == null ? "" : URI.create(baseUrl).getPath();
    CanonicalRequest request = request(method, url, basePath);

    if (!order.equals("decoded")) {
      assertThat(request.text()).isEqualTo(canonical);
      assertThat(request.hash()).isEqualTo(hash);
    }
    if (!order.equals("encoded")) {
      assertThat(request.textByDecodedName()).isEqualTo(canonical);
    }
    assertThat(request.text().equals(request.textByDecodedName())).isEqualTo(order.equals("both"));
    assertThat(request.hasHash(hash)).isTrue();
    assertThat(request.hasHash(hash.replace(hash.charAt(63), 'x'))).isFalse();
  }

  @Test
  void hashesAsTheDocumentsDo() {
    assertThat(CanonicalRequest.sha256("foo"))
        .isEqualTo("2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae");
  }

  @Test
  void keepsAnAmpersandInThePathApartFromAParameter() throws MalformedRequestException {
    assertThat(request("POST", "/rest/api/2/project&a=b?x=y", "").hash())
        .isNotEqualTo(request("POST", "/rest/api/2/project?a=b&x=y", "").hash());
  }

  @Test
  void leavesOutATokenWhoseNameIsEscaped() throws MalformedRequestException {
    assertThat(request("GET", "/p?%6awt=abc&a=1", "").text()).isEqualTo("GET&/p&a=1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a=%",
        "a=%2",
        "a=%zz",
        "%=1",
        "a=%+1",
        "a=%-1",
        "a=%u0041",
        "a=%ff",
        "a=%c0%80",
        "a=%c3",
        "a=%ed%a0%80",
        "a=\ud800",
        "a=%0٣"
      })
  void refusesAQueryThatIsNotPercentEncodedUtf8(String query) {
    assertThatThrownBy(() -> QueryParameters.parse(query))
        .isInstanceOf(MalformedRequestException.class)
        .hasMessageNotContaining(query);
  }

  private static CanonicalRequest request(String method, String url, String basePath)
      throws MalformedRequestException {
    String rest = url.replaceFirst("^https?://[^/]*", "");
    int mark = rest.indexOf('?');
    String path = mark < 0 ? rest : rest.substring(0, mark);
    String query = mark < 0 ? null : rest.substring(mark + 1);
    return new CanonicalRequest(method, path, basePath, QueryParameters.parse(query));
  }
}
