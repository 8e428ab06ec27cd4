package dev.domicile.servlet;

/**
 * One thing that is wrong with a descriptor.
 *
 * @param code what kind of thing
 * @param where the key in the descriptor, such as {@code regionBaseUrls.EU}
 * @param message what is wrong and what to do
 */
public record DescriptorFinding(Code code, String where, String message) {

  /** The kinds of things that can be wrong. */
  public enum Code {
    /** The descriptor is not a JSON object. */
    NOT_A_DESCRIPTOR,
    /** The descriptor is that of another app. */
    OTHER_APP,
    /** A realm that has no database in the configuration, or the global one, which has no key. */
    UNKNOWN_REALM,
    /** A realm of the configuration, or the app itself, has no address. */
    MISSING_URL,
    /** A text that is no address of an app. */
    MALFORMED_URL,
    /** An address that does not start with {@code https://}. */
    NOT_HTTPS,
    /** Two realms have one host, and not one database: a host rests in one place. */
    DUPLICATED_HOST,
    /** An address that the configuration knows otherwise. */
    OTHER_URL,
    /** {@code lifecycle} lacks a path that the app answers. */
    MISSING_PATH,
    /** {@code lifecycle} has another path than the app answers. */
    OTHER_PATH,
    /**
     * There are addresses of realms but no {@code lifecycle.dare-migration}, or the other way
     * round: tenants can be pinned but not moved, or moved nowhere.
     */
    MISSING_HOOK_PATH,
    /** {@code dataResidency.maxMigrationDurationHours} is not 0.5 to 24 in steps of 0.5. */
    MALFORMED_DURATION,
    /**
     * {@code apiMigrations.signed-install} is not true: installs would not be signed as demanded.
     */
    UNSIGNED_INSTALLS
  }

  @Override
  public String toString() {
    return code + " " + where + ": " + message;
  }
}
