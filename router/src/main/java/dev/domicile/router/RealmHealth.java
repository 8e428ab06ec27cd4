package dev.domicile.router;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a realm's database does.
 *
 * @param realm the realm
 * @param problem what is wrong; null if the database answers
 * @param took how long the answer took
 * @param active connections that are lent out
 * @param idle connections that are not
 * @param waiting callers that wait for one
 * @param maximum how many connections there may be
 */
public record RealmHealth(
    Realm realm,
    @Nullable String problem,
    Duration took,
    int active,
    int idle,
    int waiting,
    int maximum) {

  /** Whether the database answers. */
  public boolean isUp() {
    return problem == null;
  }
}
