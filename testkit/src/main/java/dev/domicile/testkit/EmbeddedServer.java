package dev.domicile.testkit;

import static java.lang.ProcessBuilder.Redirect.DISCARD;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/**
 * A Postgres server of its own, from binaries that come as a Maven artifact: no Docker, nothing
 * installed. Its data lie in a temporary folder that {@link #close()} deletes.
 */
public final class EmbeddedServer implements PostgresServer {
  private static final String PREFIX = "domicile-postgres-";
  private static final int STOP_SECONDS = 20;

  /** Files in memory, on most Linux machines. */
  private static final Path MEMORY = Path.of("/dev/shm");

  private static final int FIRST_WITH_STRATEGIES = 15;
  private static final long ROOM_BYTES = 6L << 30;
  private static final String ACCESS_RULES =
      """
      host  all  postgres  127.0.0.1/32  trust
      host  all  postgres  ::1/128       trust
      host  replication  postgres  127.0.0.1/32  trust
      host  all  all       127.0.0.1/32  scram-sha-256
      host  all  all       ::1/128       scram-sha-256
      """;

  private final Path folder;
  private final Use use;
  private final @Nullable Path binaries;
  private final Map<String, String> settings;
  private EmbeddedPostgres postgres;
  private ProcessHandle postmaster;
  private final int version;
  private boolean closed;

  /** What a server is started for. */
  private enum Use {
    /** To be used as any other. */
    USUAL,
    /** To be killed. */
    DURABLE,
    /** To make hundreds of databases on it and to open thousands of connections. */
    BUSY
  }

  private EmbeddedServer(Use use, @Nullable Path binaries, Map<String, String> settings) {
    try {
      this.use = use;
      this.binaries = binaries;
      this.settings = settings;
      this.folder = createFolder(use);
      this.postgres = start(0);
      this.postmaster = readPostmaster();
      this.version = readVersion();
      Files.writeString(
          folder.resolve("data/pg_hba.conf"),
          use == Use.BUSY ? ACCESS_RULES.replace("scram-sha-256", "password") : ACCESS_RULES);
      Statements.runOutsideTransaction(admin(), "SELECT pg_reload_conf()");
      Statements.createRole(admin());
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot start an embedded Postgres", e);
    }
  }

  /** From a copy of another server's data, which goes on streaming from it. */
  private EmbeddedServer(EmbeddedServer primary) {
    try {
      this.use = primary.use;
      this.binaries = primary.binaries;
      this.settings = primary.settings;
      this.folder = Files.createTempDirectory(PREFIX);
      Path data = folder.resolve("data");
      new BaseBackup(primary.admin(), primary.folder.resolve("data")).into(data);
      Files.createFile(data.resolve("standby.signal"));
      Files.writeString(
          data.resolve("postgresql.auto.conf"),
          "primary_conninfo = 'host=127.0.0.1 port=%d user=postgres'%nwal_receiver_status_interval = 1%n"
              .formatted(primary.postgres.getPort()),
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
      this.postgres = start(0);
      this.postmaster = readPostmaster();
      this.version = readVersion();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot start a standby", e);
    }
  }

  /** Starts a server that is fast and forgets its last writes if the machine stops. */
  public static EmbeddedServer start() {
    return start(Map.of());
  }

  /** Starts such a server with some settings of its own. */
  public static EmbeddedServer start(Map<String, String> settings) {
    return new EmbeddedServer(Use.USUAL, null, settings);
  }

  /**
   * Starts such a server for hundreds of databases and thousands of connections. It asks for a
   * plain password, since a SCRAM exchange costs more than what most of them do, and its data lie
   * in memory where there is room, since a new database is hundreds of files.
   */
  public static EmbeddedServer startBusy() {
    return new EmbeddedServer(Use.BUSY, null, Map.of());
  }

  /**
   * The same of another version.
   *
   * @param binaries the jar of that version's binaries
   */
  public static EmbeddedServer startBusy(Path binaries) {
    return new EmbeddedServer(Use.BUSY, binaries, Map.of());
  }

  /** Starts a server with fsync on, for tests that kill it. */
  public static EmbeddedServer startDurable() {
    return new EmbeddedServer(Use.DURABLE, null, Map.of());
  }

  /** Starts a standby of this server, which takes queries too. */
  public EmbeddedServer startStandby() {
    return new EmbeddedServer(this);
  }

  @Override
  public Database admin() {
    return new Database(
        "postgres",
        "jdbc:postgresql://localhost:" + postgres.getPort() + "/postgres",
        "postgres",
        "postgres");
  }

  /** To copy the files takes half of what it takes to write each of their pages to the log. */
  @Override
  public String strategy() {
    return version >= FIRST_WITH_STRATEGIES ? " STRATEGY FILE_COPY" : "";
  }

  /** Stops every process of the server with SIGKILL, as a power cut would. */
  public void kill() {
    pause();
    List<ProcessHandle> processes = processes();
    processes.forEach(ProcessHandle::destroyForcibly);
    for (ProcessHandle process : processes) {
      process.onExit().completeOnTimeout(process, STOP_SECONDS, TimeUnit.SECONDS).join();
    }
  }

  /** Stops every process of the server with SIGSTOP: it accepts connections and answers nothing. */
  public void pause() {
    // First the one that starts the others, so that none is missed.
    signal("-STOP", List.of(postmaster));
    signal("-STOP", processes());
  }

  /** Lets the processes go on that {@link #pause()} stopped. */
  public void resume() {
    signal("-CONT", processes());
  }

  /** Starts the server again on the same port and the same data. */
  public void restart() {
    int port = postgres.getPort();
    closeQuietly(postgres);
    try {
      postgres = start(port);
      postmaster = readPostmaster();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot restart the embedded Postgres", e);
    }
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    resume();
    closeQuietly(postgres);
    // When the JVM ends, zonky's own hook may be stopping the server at this moment.
    postmaster.onExit().completeOnTimeout(postmaster, STOP_SECONDS, TimeUnit.SECONDS).join();
    deleteFolder();
  }

  private List<ProcessHandle> processes() {
    return Stream.concat(Stream.of(postmaster), postmaster.descendants()).toList();
  }

  private static void signal(String signal, List<ProcessHandle> processes) {
    List<String> command = new ArrayList<>(List.of("kill", signal));
    processes.forEach(process -> command.add(Long.toString(process.pid())));
    try {
      // It complains of each session that has ended since it was listed.
      new ProcessBuilder(command).redirectError(DISCARD).start().waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot signal the embedded Postgres", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static Path createFolder(Use use) throws IOException {
    boolean room =
        use == Use.BUSY
            && Files.isWritable(MEMORY)
            && Files.getFileStore(MEMORY).getUsableSpace() >= ROOM_BYTES;
    return room ? Files.createTempDirectory(MEMORY, PREFIX) : Files.createTempDirectory(PREFIX);
  }

  private EmbeddedPostgres start(int port) throws IOException {
    String safe = use == Use.DURABLE ? "on" : "off";
    EmbeddedPostgres.Builder builder =
        EmbeddedPostgres.builder()
            .setDataDirectory(folder.resolve("data"))
            .setCleanDataDirectory(false)
            .setLocaleConfig("locale", "C.UTF-8")
            .setServerConfig("fsync", safe)
            .setServerConfig("synchronous_commit", safe)
            .setServerConfig("max_connections", "200")
            .setServerConfig("max_wal_size", use == Use.BUSY ? "1GB" : "4GB")
            .setServerConfig("wal_level", "logical")
            .setPGStartupWait(Duration.ofSeconds(60))
            .setErrorRedirector(DISCARD)
            .setOutputRedirector(DISCARD);
    settings.forEach(builder::setServerConfig);
    if (binaries != null) {
      builder.setPgBinaryResolver((system, machine) -> archive(binaries));
    }
    EmbeddedPostgres started = port == 0 ? builder.start() : builder.setPort(port).start();
    Runtime.getRuntime().addShutdownHook(new Thread(this::close, "close-" + folder.getFileName()));
    return started;
  }

  /** The one archive in a jar of binaries; the class path would give that of the usual version. */
  private static InputStream archive(Path jar) throws IOException {
    try (ZipFile files = new ZipFile(jar.toFile())) {
      ZipEntry archive =
          files.stream()
              .filter(file -> file.getName().endsWith(".txz"))
              .findFirst()
              .orElseThrow(() -> new IOException(jar + " holds no binaries of Postgres"));
      return new ByteArrayInputStream(files.getInputStream(archive).readAllBytes());
    }
  }

  private ProcessHandle readPostmaster() throws IOException {
    Path file = folder.resolve("data/postmaster.pid");
    long pid = Long.parseLong(Files.readAllLines(file).get(0).strip());
    return ProcessHandle.of(pid).orElseThrow();
  }

  private int readVersion() throws IOException {
    return Integer.parseInt(Files.readString(folder.resolve("data/PG_VERSION")).strip());
  }

  private void deleteFolder() {
    try (Stream<Path> files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).forEach(EmbeddedServer::delete);
    } catch (IOException | UncheckedIOException e) {
      System.getLogger(EmbeddedServer.class.getName())
          .log(System.Logger.Level.WARNING, "Files are left in {0}", folder);
    }
  }

  private static void closeQuietly(@Nullable EmbeddedPostgres server) {
    try {
      if (server != null) {
        server.close();
      }
    } catch (IOException | RuntimeException e) {
      // A server that was killed cannot be stopped once more.
      System.getLogger(EmbeddedServer.class.getName())
          .log(System.Logger.Level.DEBUG, "Stopping an embedded Postgres", e);
    }
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      // A leftover in the temporary folder harms nothing.
      System.getLogger(EmbeddedServer.class.getName())
          .log(System.Logger.Level.DEBUG, "Deleting {0}", file);
    }
  }
}
