package dev.domicile.simulator;

import java.net.URI;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How to rehearse.
 *
 * @param from the realm that tenants are installed in
 * @param to the realm that they move to
 * @param answerLimit what a hook may take
 * @param patience how long, in real time, a migration may take to become ready
 * @param settle how long, in real time, a commit or rollback may take to show
 */
record Settings(
    Descriptor descriptor,
    String from,
    String to,
    Cadence cadence,
    Probing probing,
    Seeding seeding,
    Duration answerLimit,
    Duration patience,
    Duration settle,
    HookHost hookHost,
    Audience audience) {

  /**
   * How the app shows where a tenant is and what it holds.
   *
   * @param path of a signed GET, with its query; null if the app has none
   * @param realmHeader the header that names the realm, if the answer has it
   * @param realmPointer the JSON pointer of the field that names the realm; null if there is none
   */
  record Probing(@Nullable String path, String realmHeader, @Nullable String realmPointer) {}

  /**
   * How the product gives a tenant something to lose.
   *
   * @param path of a signed POST; null if the app has none
   * @param body what is posted; {@code {n}} in it becomes a number
   * @param count how often after an install
   */
  record Seeding(@Nullable String path, String body, int count) {
    private static final Pattern MARK = Pattern.compile("\"([^\"]*\\{n}[^\"]*)\"");

    /** The text in a body by which a write of that number is recognised. */
    String mark(String number) {
      Matcher text = MARK.matcher(body);
      return (text.find() ? text.group(1) : "{n}").replace("{n}", number);
    }
  }

  /** Which base URL the hooks go to; no readable page says, so that it can be chosen. */
  enum HookHost {
    /** Where the app is installed: the source until the switch. */
    INSTALLED,
    /** The realm that the migration goes to. */
    TARGET,
    /** The two in turn. */
    ALTERNATING
  }

  /** The audience of a lifecycle token; for a regional install no readable page says. */
  enum Audience {
    /** The base URL that the call goes to. */
    CALLED,
    /** The descriptor's base URL, whatever the region. */
    BASE
  }

  /** The audience of a call to that base URL. */
  URI audience(URI called) {
    return audience == Audience.CALLED ? called : descriptor.baseUrl();
  }
}
