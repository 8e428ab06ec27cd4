package dev.domicile.router;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file with the routes that this node had cached, for a start while the control database is down.
 * It is asked only if a route cannot be read, only until the control database was heard from, and
 * only as long as it is not older than routes may be served for.
 *
 * <p>The first line names the format and the moment, each other one a route, with tabs between its
 * parts. A client key holds no control character.
 */
final class RouteSnapshot {
  private static final Logger LOG = LoggerFactory.getLogger(RouteSnapshot.class);
  private static final String FORMAT = "domicile-routes-1";
  private static final String END = "end";

  private final @Nullable Path file;
  private final Duration staleness;
  private final InstantSource clock;
  private volatile Contents contents;

  RouteSnapshot(CacheConfig config, InstantSource clock) {
    this.file = config.snapshotFile();
    this.staleness = config.staleness();
    this.clock = clock;
    this.contents = file == null ? Contents.NONE : read(file);
  }

  /** What the file says of the tenant, if it may still be believed. */
  Optional<Route> find(TenantId tenant) {
    Contents known = contents;
    if (!known.at().plus(staleness).isAfter(clock.instant())) {
      return Optional.empty();
    }
    return Optional.ofNullable(known.routes().get(tenant));
  }

  /** The control database was heard from: what the file said is no longer asked for. */
  void retire() {
    contents = Contents.NONE;
  }

  /**
   * Replaces the file in one step; a reader sees the old one or the new one.
   *
   * @param age how long ago the routes were known to be right
   */
  void write(Iterable<Route> routes, Duration age) {
    if (file == null) {
      return;
    }
    try {
      Path folder = file.toAbsolutePath().getParent();
      Path next = Files.createTempFile(folder, file.getFileName() + ".", ".tmp");
      try {
        write(next, routes, clock.instant().minus(age));
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(next);
      }
    } catch (IOException e) {
      LOG.warn("The snapshot of routes cannot be written to {}: {}", file, e.toString());
    }
  }

  private static void write(Path next, Iterable<Route> routes, Instant at) throws IOException {
    int count = 0;
    try (BufferedWriter out = Files.newBufferedWriter(next)) {
      line(out, FORMAT, at.toString());
      for (Route route : routes) {
        line(
            out,
            route.tenant().clientKey(),
            route.realm().name(),
            route.state().name(),
            Long.toString(route.epoch()),
            route.since().toString());
        count++;
      }
      line(out, END, Integer.toString(count));
    }
  }

  private static void line(BufferedWriter out, String... parts) throws IOException {
    out.write(String.join("\t", parts));
    out.write('\n');
  }

  private Contents read(Path from) {
    try (BufferedReader in = Files.newBufferedReader(from)) {
      Contents read = parse(in);
      if (read.at().isAfter(clock.instant().plus(Duration.ofMinutes(1)))) {
        LOG.warn("The snapshot of routes {} is from the future and not used", from);
        return Contents.NONE;
      }
      return read;
    } catch (NoSuchFileException e) {
      LOG.debug("There is no snapshot of routes yet", e);
    } catch (IOException | IllegalArgumentException | DateTimeException e) {
      LOG.warn("The snapshot of routes {} cannot be read and is not used", from);
      LOG.debug("Why the snapshot of routes is not used", e);
    }
    return Contents.NONE;
  }

  private static Contents parse(BufferedReader in) throws IOException {
    String[] head = parts(in, 2);
    if (!head[0].equals(FORMAT)) {
      throw new IOException("another format");
    }
    Map<TenantId, Route> routes = new HashMap<>();
    String[] line = parts(in, 2);
    while (line.length == 5) {
      TenantId tenant = new TenantId(line[0]);
      routes.put(
          tenant,
          new Route(
              tenant,
              new Realm(line[1]),
              Route.State.valueOf(line[2]),
              Long.parseLong(line[3]),
              Instant.parse(line[4])));
      line = parts(in, 2);
    }
    if (!line[0].equals(END) || Integer.parseInt(line[1]) != routes.size()) {
      throw new IOException("it is not whole");
    }
    return new Contents(Instant.parse(head[1]), Map.copyOf(routes));
  }

  private static String[] parts(BufferedReader in, int least) throws IOException {
    String line = in.readLine();
    String[] parts = line == null ? new String[0] : line.split("\t", -1);
    if (parts.length < least) {
      throw new IOException("it is not whole");
    }
    return parts;
  }

  private record Contents(Instant at, Map<TenantId, Route> routes) {
    static final Contents NONE = new Contents(Instant.MIN, Map.of());
  }
}
