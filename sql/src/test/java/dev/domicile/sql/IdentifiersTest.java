package dev.domicile.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class IdentifiersTest {
  @Test
  void doublesTheQuotesInsideANameAndAText() {
    assertThat(Identifiers.quote("no\"te")).isEqualTo("\"no\"\"te\"");
    assertThat(Identifiers.quote("a.b", "c")).isEqualTo("\"a.b\".\"c\"");
    assertThat(Identifiers.quoteAll(List.of("a", "B"))).isEqualTo("\"a\", \"B\"");
    assertThat(Identifiers.literal("it's")).isEqualTo("'it''s'");
    assertThat(Identifiers.literal("a\\'b")).isEqualTo(" E'a\\\\''b'");
  }
}
