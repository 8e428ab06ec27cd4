package dev.domicile.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.sql.BatchUpdateException;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;

/** What a framework makes of the fence's refusal. */
final class PassingTest {
  @Test
  void findsTheFenceHoweverDeepItIsWrapped() {
    Throwable error = fenced();
    for (int i = 0; i < 50; i++) {
      error = i % 2 == 0 ? new IllegalStateException(error) : new IOException(error);
      assertThat(Passing.isCauseOf(error)).isTrue();
    }
  }

  @Test
  void findsTheFenceBehindTheErrorOfABatch() {
    SQLException batch = new BatchUpdateException("batch entry 0", "99999", new int[0]);
    batch.setNextException(fenced());
    assertThat(Passing.isCauseOf(new IllegalStateException(batch))).isTrue();
  }

  @Test
  void anyOtherErrorStays() {
    assertThat(Passing.isCauseOf(new IllegalStateException("DM001"))).isFalse();
    assertThat(Passing.isCauseOf(new SQLException("a key is taken", "23505"))).isFalse();
    assertThat(Passing.isCauseOf(new SQLException("no state"))).isFalse();
  }

  @Test
  void anErrorThatIsItsOwnCauseHoldsNobodyUp() {
    IllegalStateException first = new IllegalStateException("first");
    IllegalStateException second = new IllegalStateException("second", first);
    first.initCause(second);
    assertThat(Passing.isCauseOf(second)).isFalse();
  }

  private static SQLException fenced() {
    return new SQLException("refused", "DM001");
  }
}
