package dev.domicile.servlet.hooks;

import dev.domicile.migrator.MigrationState;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How the hooks of one node do, by its last look through the open migrations, which every node
 * takes all the time. Asking costs no query.
 *
 * @param lookedAt when this node last read the open migrations, or null if it could not yet
 * @param open how many migrations are open on all nodes together, by state; states without one are
 *     not there
 * @param problem why the last look failed, without secrets, or null if it did not
 */
public record HooksHealth(
    @Nullable Instant lookedAt, Map<MigrationState, Integer> open, @Nullable String problem) {

  /** Copies the map. */
  public HooksHealth {
    open = Map.copyOf(open);
  }

  /** Before the first look. */
  static HooksHealth unknown() {
    return new HooksHealth(null, Map.of(), null);
  }

  /** The same, of a look that failed. */
  HooksHealth failed(String why) {
    return new HooksHealth(lookedAt, open, why);
  }
}
