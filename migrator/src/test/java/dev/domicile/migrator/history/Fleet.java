package dev.domicile.migrator.history;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import dev.domicile.migrator.TwoRealms;
import dev.domicile.testkit.StatementProxy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The nodes of the application, and what they note down. */
final class Fleet implements AutoCloseable {
  private static final int SESSIONS = 2;
  private static final Duration PAUSE = Duration.ofSeconds(2);

  /** How a node differs from others. */
  enum Manner {
    /** Hears of a new route at once. */
    FRESH(true, 500, Connection.TRANSACTION_READ_COMMITTED, Connection.TRANSACTION_SERIALIZABLE),
    /** Hears of it late. */
    STALE(
        false,
        10_000,
        Connection.TRANSACTION_REPEATABLE_READ,
        Connection.TRANSACTION_READ_COMMITTED),
    /** Is stopped and goes on later, wherever it was. */
    PAUSED(
        true, 500, Connection.TRANSACTION_REPEATABLE_READ, Connection.TRANSACTION_READ_COMMITTED),
    /** Loses the control database. */
    CUT_OFF(
        true, 500, Connection.TRANSACTION_READ_COMMITTED, Connection.TRANSACTION_REPEATABLE_READ);

    private final boolean listens;
    private final int pollMillis;
    private final String isolations;

    Manner(boolean listens, int pollMillis, int... isolations) {
      this.listens = listens;
      this.pollMillis = pollMillis;
      this.isolations = Arrays.stream(isolations).mapToObj(String::valueOf).collect(joining(","));
    }

    private Stream<String> sessions() {
      return IntStream.range(0, SESSIONS).mapToObj(i -> name() + (char) ('a' + i));
    }
  }

  private final Path folder;
  private final TwoRealms realms;
  private final StatementProxy wire;
  private final Map<Manner, Node> nodes = new EnumMap<>(Manner.class);

  /**
   * No node yet.
   *
   * @param folder where they note down what they do
   */
  Fleet(Path folder, TwoRealms realms) throws IOException {
    this.folder = folder;
    this.realms = realms;
    this.wire = new StatementProxy("control", realms.control, point -> false);
    Files.createDirectory(notes());
  }

  /** The names of all sessions that there may be. */
  static List<String> writers() {
    return Stream.of(Manner.values()).flatMap(Manner::sessions).toList();
  }

  /** Has these nodes write from now on. */
  void start(Random random, Manner... manners) throws Exception {
    for (Manner manner : manners) {
      nodes.put(manner, node(manner, random.nextLong()));
    }
    for (Node node : nodes.values()) {
      node.awaitReady();
    }
  }

  private Node node(Manner manner, long seed) throws IOException {
    return new Node(
        manner.name(),
        folder.resolve(manner.name() + ".log"),
        List.of(
            notes().toString(),
            manner.name(),
            String.valueOf(seed),
            String.valueOf(SESSIONS),
            manner.isolations,
            String.valueOf(manner.pollMillis),
            String.valueOf(manner.listens),
            realms.control.user(),
            realms.control.password(),
            (manner == Manner.CUT_OFF ? wire.database() : realms.control).url(),
            realms.us.url(),
            realms.eu.url()));
  }

  /** Stops the node that is stopped now and then, if there is one; it goes on after a while. */
  void pause() {
    Optional.ofNullable(nodes.get(Manner.PAUSED))
        .ifPresent(
            node -> {
              node.pause();
              CompletableFuture.delayedExecutor(PAUSE.toMillis(), TimeUnit.MILLISECONDS)
                  .execute(node::resume);
            });
  }

  /** Cuts the wire of the node that is cut off now and then. */
  void cut() {
    wire.cut();
  }

  /** Lets all nodes work undisturbed. */
  void mend() {
    nodes.values().forEach(Node::resume);
    wire.mend();
  }

  /** Has all end their transactions and forget all routes. */
  void forget() throws Exception {
    for (Node node : nodes.values()) {
      node.forget();
    }
  }

  /** Waits until a node was told of that many more transactions that they are committed. */
  void awaitWrites(Manner manner, int more) throws Exception {
    long goal = acknowledged(manner) + more;
    Instant end = Instant.now().plusSeconds(60);
    while (acknowledged(manner) < goal) {
      assertThat(Instant.now()).as("%s is served", manner).isBefore(end);
      Thread.sleep(20);
    }
  }

  private long acknowledged(Manner manner) throws IOException {
    long count = 0;
    for (String session : manner.sessions().toList()) {
      count +=
          Files.readAllLines(notes().resolve(session)).stream()
              .filter(line -> line.startsWith(Notes.OK))
              .count();
    }
    return count;
  }

  /** Has all write no more; returns what they have noted. */
  History end() throws Exception {
    mend();
    for (Node node : nodes.values()) {
      node.end();
    }
    return History.read(notes());
  }

  @Override
  public void close() {
    nodes.values().forEach(Node::close);
    wire.close();
  }

  private Path notes() {
    return folder.resolve("notes");
  }
}
