package dev.domicile.simulator;

import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options that describe the app under test. */
final class AppOptions {
  @Option(
      names = "--app",
      required = true,
      paramLabel = "URL|FILE",
      description = "The app, at which /atlassian-connect.json is read, or its descriptor.")
  String app = "";

  @Option(
      names = "--base-url",
      paramLabel = "URL",
      description = "Instead of the descriptor's baseUrl.")
  @Nullable URI baseUrl;

  @Option(
      names = "--region",
      paramLabel = "REALM=URL",
      description = "Instead of, or beside, the descriptor's regionBaseUrls; may be repeated.")
  Map<String, URI> regions = new LinkedHashMap<>();

  @Option(
      names = "--from",
      paramLabel = "REALM",
      defaultValue = Descriptor.GLOBAL,
      description = "The realm that tenants are installed in; ${DEFAULT-VALUE} by default.")
  String from = Descriptor.GLOBAL;

  @Option(
      names = "--to",
      paramLabel = "REALM",
      description = "The realm that they move to; the first of regionBaseUrls by default.")
  @Nullable String to;

  @Option(
      names = "--probe",
      paramLabel = "PATH",
      description = "A path of the app whose answer to a signed GET shows the tenant's data.")
  @Nullable String probe;

  @Option(
      names = "--realm-header",
      paramLabel = "NAME",
      defaultValue = "X-Realm",
      description =
          "The header of the probe's answer that names the realm; ${DEFAULT-VALUE} by default.")
  String realmHeader = "X-Realm";

  @Option(
      names = "--realm-field",
      paramLabel = "POINTER",
      description = "The JSON pointer of the field that names the realm, instead of the header.")
  @Nullable String realmField;

  @Option(
      names = "--seed",
      paramLabel = "PATH",
      description = "A path of the app that stores something of the tenant by a signed POST.")
  @Nullable String seed;

  @Option(
      names = "--seed-body",
      paramLabel = "JSON",
      defaultValue = "{\"text\":\"rehearsal {n}\"}",
      description = "What is posted there, {n} being a number; ${DEFAULT-VALUE} by default.")
  String seedBody = "{\"text\":\"rehearsal {n}\"}";

  @Option(
      names = "--seed-count",
      paramLabel = "N",
      defaultValue = "3",
      description = "How often after each install; ${DEFAULT-VALUE} by default.")
  int seedCount = 3;

  @Option(
      names = "--hook-host",
      defaultValue = "INSTALLED",
      description =
          "The base URL that hooks are sent to: ${COMPLETION-CANDIDATES}; ${DEFAULT-VALUE} by"
              + " default.")
  Settings.HookHost hookHost = Settings.HookHost.INSTALLED;

  @Option(
      names = "--audience",
      defaultValue = "CALLED",
      description =
          "The audience of lifecycle tokens, the base URL that is called or that of the"
              + " descriptor: ${COMPLETION-CANDIDATES}; ${DEFAULT-VALUE} by default.")
  Settings.Audience audience = Settings.Audience.CALLED;

  @Option(
      names = "--answer-limit",
      paramLabel = "SECONDS",
      defaultValue = "5",
      description = "How long a hook may take; ${DEFAULT-VALUE} by default.")
  double answerLimit = 5;

  /** The settings, with what the descriptor says. */
  Settings settings(Descriptor descriptor, Cadence cadence, Duration patience, Duration settle) {
    String source = from.toUpperCase(Locale.ROOT);
    String target =
        to != null
            ? to.toUpperCase(Locale.ROOT)
            : descriptor.regionBaseUrls().keySet().stream()
                .filter(realm -> !realm.equals(source))
                .findFirst()
                .orElseThrow(() -> usage("there is no realm to move to beside " + source));
    for (String realm : new String[] {source, target}) {
      if (!descriptor.serves(realm)) {
        throw usage(
            "the descriptor has no base URL for "
                + realm
                + ", only for "
                + descriptor.regionBaseUrls().keySet());
      }
    }
    if (target.equals(source) || target.equals(Descriptor.GLOBAL)) {
      throw usage("a migration leads to another realm that has a key; --to is " + target);
    }
    checkAddresses(descriptor);
    return new Settings(
        descriptor,
        source,
        target,
        cadence,
        new Settings.Probing(probe, realmHeader, realmField),
        new Settings.Seeding(seed, seedBody, seedCount),
        seconds(answerLimit),
        patience,
        settle,
        hookHost,
        audience);
  }

  private void checkAddresses(Descriptor descriptor) {
    if (baseUrl != null && !Descriptor.isUrl(baseUrl)) {
      throw usage("--base-url '" + baseUrl + "' is no HTTP URL");
    }
    regions.forEach(
        (realm, url) -> {
          if (!Descriptor.isUrl(url)) {
            throw usage("--region " + realm + "='" + url + "' is no HTTP URL");
          }
        });
    for (String path :
        Arrays.asList(
            descriptor.installedPath(),
            descriptor.uninstalledPath(),
            descriptor.migrationPath(),
            probe,
            seed)) {
      if (path != null && !isPath(path)) {
        throw usage("'" + path + "' is no path of a URL; escape what is not allowed there");
      }
    }
    if (realmField != null && !realmField.matches("(/[^/]+)+")) {
      throw usage("--realm-field '" + realmField + "' is no JSON pointer such as /realm");
    }
  }

  private static boolean isPath(String path) {
    try {
      return path.startsWith("/") && URI.create(path).getRawFragment() == null;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  static Duration seconds(double seconds) {
    if (!(seconds > 0 && seconds <= 86_400)) {
      throw usage("a time has to be from 0 to 86400 seconds; it is " + seconds);
    }
    return Duration.ofMillis(Math.max(1, Math.round(seconds * 1_000)));
  }

  private static RehearsalException usage(String message) {
    return new RehearsalException(ExitCode.USAGE, message);
  }
}
