package dev.domicile.router.flyway;

import dev.domicile.router.Realm;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * At which version the application's schema is in each realm.
 *
 * @param realms one entry for each realm, by name
 */
public record SchemaReport(List<Entry> realms) {

  /** Copies the list. */
  public SchemaReport {
    realms = List.copyOf(realms);
  }

  /** How one realm stands. */
  public enum State {
    /** At the newest version that any realm or the application has, with nothing to apply. */
    LEVEL,
    /** At an older version, or with scripts that are still to be applied. */
    BEHIND,
    /** A script failed, or what was applied is not what the application has. */
    FAILED,
    /** The database does not answer or refuses the user; its version is not known. */
    UNREACHABLE
  }

  /**
   * One realm.
   *
   * @param realm the realm
   * @param before the version before the call, or null if there was none or it is not known
   * @param after the version after the call, or null if there is none or it is not known
   * @param state how it stands after the call
   * @param problem what is wrong and what to do about it, in one line without secrets and row
   *     contents; null where the realm is level
   */
  public record Entry(
      Realm realm,
      @Nullable String before,
      @Nullable String after,
      State state,
      @Nullable String problem) {

    /** One line: the realm, its version, what is wrong. */
    @Override
    public String toString() {
      return "realm "
          + realm
          + " is "
          + state
          + " at version "
          + Objects.requireNonNullElse(after, "none")
          + (problem == null ? "" : ": " + problem);
    }
  }

  /** The realms that are not level, by name. */
  public List<Entry> laggards() {
    return realms.stream().filter(entry -> entry.state() != State.LEVEL).toList();
  }

  /** Whether all realms are level. */
  public boolean isLevel() {
    return laggards().isEmpty();
  }

  /** One line for each realm. */
  @Override
  public String toString() {
    return realms.stream().map(Entry::toString).collect(Collectors.joining("\n"));
  }
}
