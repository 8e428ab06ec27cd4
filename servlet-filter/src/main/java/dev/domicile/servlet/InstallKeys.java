package dev.domicile.servlet;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import java.net.URI;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys with which Atlassian signs {@code installed} and {@code uninstalled} calls, fetched by
 * name from where it publishes them ({@code GET <base>/<kid>}, PEM; 404 for a name that is not
 * known).
 *
 * <p>A key is kept for six hours: another key always has another name. That a name is unknown is
 * kept for a minute. A node fetches at most ten names a minute, so that nobody makes it ask for
 * made-up names without end; keys that it has it goes on using. At most 100 keys are kept. A fetch
 * takes 3 seconds at most, follows no redirect and reads 16 KiB at most. Thread-safe.
 */
public final class InstallKeys {
  /** Where Atlassian publishes the keys of its production sites. */
  public static final URI ATLASSIAN = URI.create("https://connect-install-keys.atlassian.com");

  private static final Logger log = LoggerFactory.getLogger(InstallKeys.class);

  /** One path segment, and never a dot first: the name goes into a URL. */
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");

  private static final int MAXIMUM_SIZE = 100;
  private static final Duration PUBLISHED = Duration.ofHours(6);
  private static final Duration UNKNOWN = Duration.ofMinutes(1);

  /** Who asks meanwhile need not wait for the time limit too. */
  private static final Duration OUTAGE = Duration.ofSeconds(2);

  private static final int FETCHES = 10;
  private static final Duration FETCHES_PER = Duration.ofMinutes(1);

  private final KeySource source;
  private final InstantSource clock;

  /** Apart from the rest, so that made-up names cannot push a key out. */
  private final Cache<String, Lookup.Found> published;

  private final Cache<String, Lookup> recent;
  private Instant windowEnd = Instant.MIN;
  private int fetchesInWindow;

  /**
   * Keys published at an address.
   *
   * @param baseUrl {@link #ATLASSIAN}, or that of another site or of a test
   * @throws IllegalArgumentException if it is neither https nor of this machine
   */
  public InstallKeys(URI baseUrl, InstantSource clock) {
    this.source = new KeySource(baseUrl);
    this.clock = clock;
    this.published = cache(clock, Expiry.creating((String name, Lookup.Found key) -> PUBLISHED));
    this.recent = cache(clock, Expiry.creating((String name, Lookup found) -> recentFor(found)));
  }

  /** The key of that name; fetches it if need be. */
  Lookup find(@Nullable String name) {
    if (name == null || !NAME.matcher(name).matches()) {
      return Lookup.UNKNOWN;
    }
    Lookup known = published.getIfPresent(name);
    return known == null
        ? Objects.requireNonNullElse(recent.get(name, this::fetch), Lookup.LIMITED)
        : known;
  }

  /** Null, which is not kept, if the node has fetched enough for now. */
  private @Nullable Lookup fetch(String name) {
    if (!mayFetch()) {
      log.warn("Too many unknown keys are asked for; '{}' is not fetched", name);
      return null;
    }
    try {
      Optional<Lookup.Found> key = source.fetch(name).map(Lookup.Found::new);
      key.ifPresent(found -> published.put(name, found));
      return key.<Lookup>map(found -> found).orElse(Lookup.UNKNOWN);
    } catch (KeySource.UnavailableException e) {
      log.error("The published key '{}' cannot be fetched: {}", name, e.getMessage());
      return Lookup.UNAVAILABLE;
    }
  }

  private synchronized boolean mayFetch() {
    Instant now = clock.instant();
    if (!now.isBefore(windowEnd)) {
      windowEnd = now.plus(FETCHES_PER);
      fetchesInWindow = 0;
    }
    return fetchesInWindow++ < FETCHES;
  }

  private static <V> Cache<String, V> cache(InstantSource clock, Expiry<String, V> expiry) {
    return Caffeine.newBuilder()
        .maximumSize(MAXIMUM_SIZE)
        .ticker(() -> TimeUnit.MILLISECONDS.toNanos(clock.millis()))
        .expireAfter(expiry)
        .build();
  }

  private static Duration recentFor(Lookup found) {
    return found.equals(Lookup.UNAVAILABLE) ? OUTAGE : UNKNOWN;
  }

  /** What came of a look for a key. */
  sealed interface Lookup {
    Lookup UNKNOWN = new Missing(Authentication.Reason.UNKNOWN_KEY);
    Lookup LIMITED = new Missing(Authentication.Reason.TOO_MANY_KEYS);
    Lookup UNAVAILABLE = new Missing(Authentication.Reason.KEY_UNAVAILABLE);

    record Found(RSAPublicKey key) implements Lookup {}

    record Missing(Authentication.Reason reason) implements Lookup {}
  }
}
