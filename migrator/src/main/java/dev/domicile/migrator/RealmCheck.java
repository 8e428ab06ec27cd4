package dev.domicile.migrator;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.domicile.router.Realm;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a realm holds of a tenant.
 *
 * @param realm the realm
 * @param state what that means
 * @param at when it was looked at
 * @param tables the tables in which the tenant has rows, with how many
 * @param note why it could not be looked at, or until when an old copy is kept; null if there is
 *     nothing to say
 */
public record RealmCheck(
    Realm realm, State state, Instant at, List<Holding> tables, @Nullable String note) {

  /** What the rows in a realm mean. */
  public enum State {
    /** The tenant lives here. */
    HOME,
    /** A copy that a migration has made or left, and that it will delete if it is not wanted. */
    COPY,
    /** Nothing of the tenant is here. */
    CLEAN,
    /** Rows of the tenant are here that nobody accounts for. */
    REMNANTS,
    /** The realm has the database of the tenant's home. */
    SHARED,
    /** It cannot be said; the note says why. */
    UNCHECKED
  }

  /**
   * Rows of a tenant in one table.
   *
   * @param table the table
   * @param rows how many
   */
  public record Holding(String table, long rows) {}

  /** All of the tenant's rows here. */
  @JsonProperty
  public long rows() {
    return tables.stream().mapToLong(Holding::rows).sum();
  }
}
