package dev.domicile.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Stands between a client and a Postgres server, reads what they say to each other, names every
 * statement, and cuts the connection where it is told to. Whoever tells it may do worse first: kill
 * the client's process, or the server.
 */
public final class StatementProxy implements AutoCloseable {
  private final String name;
  private final Database server;
  private final Faults faults;
  private final URI address;
  private final ServerSocket door;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private volatile boolean cut;
  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "statement-proxy");
            thread.setDaemon(true);
            return thread;
          });

  /** Decides at each point of a conversation whether it ends there; called by many threads. */
  @FunctionalInterface
  public interface Faults {
    /** Whether the connection is cut at this point. */
    boolean strike(Point point);
  }

  /**
   * A point at which a connection can be cut.
   *
   * @param server how the proxy is called
   * @param statement what the client says in one go, without the values
   * @param answered whether the server has carried it out; the client has not heard so
   */
  public record Point(String server, String statement, boolean answered) {
    /** Whether the statement leaves everything as it was, whoever is cut off around it. */
    public boolean reads() {
      return StatementText.reads(statement);
    }

    @Override
    public String toString() {
      return (answered ? "after " : "before ") + server + ": " + statement;
    }
  }

  /**
   * Opens the proxy.
   *
   * @param name how its points call the server
   */
  public StatementProxy(String name, Database server, Faults faults) {
    this.name = name;
    this.server = server;
    this.faults = faults;
    this.address = URI.create(server.url().substring("jdbc:".length()));
    try {
      this.door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot open a proxy", e);
    }
    threads.execute(this::accept);
  }

  /** The database as it is reached over the proxy. */
  public Database database() {
    String url = "jdbc:postgresql://localhost:" + door.getLocalPort() + address.getPath();
    return new Database(server.name(), url, server.user(), server.password());
  }

  /** Cuts all connections and takes no more until it is mended. */
  public void cut() {
    cut = true;
    sockets.forEach(StatementProxy::closeQuietly);
  }

  /** Takes connections again. */
  public void mend() {
    cut = false;
  }

  /** Cuts all connections and takes no more. */
  @Override
  public void close() {
    closeQuietly(door);
    cut();
    threads.shutdown();
  }

  static void closeQuietly(AutoCloseable closeable) {
    try {
      closeable.close();
    } catch (Exception e) {
      System.getLogger(StatementProxy.class.getName())
          .log(System.Logger.Level.DEBUG, "Closing a socket", e);
    }
  }

  private void accept() {
    while (!door.isClosed()) {
      try {
        Socket client = door.accept();
        sockets.add(client);
        connect(client);
      } catch (IOException e) {
        // The door was closed, or the client has gone again.
        System.getLogger(StatementProxy.class.getName())
            .log(System.Logger.Level.DEBUG, "Accepting", e);
      }
    }
  }

  private void connect(Socket client) {
    try {
      Socket upstream = new Socket(address.getHost(), address.getPort());
      sockets.add(upstream);
      if (cut) {
        closeQuietly(client);
        closeQuietly(upstream);
      }
      client.setTcpNoDelay(true);
      upstream.setTcpNoDelay(true);
      Conversation conversation = new Conversation(name, client, upstream, faults);
      threads.execute(() -> talk(client, upstream, conversation::toServer));
      threads.execute(() -> talk(client, upstream, conversation::toClient));
    } catch (IOException e) {
      // The server is down, which the client sees as one that hangs up.
      closeQuietly(client);
    }
  }

  private void talk(Socket client, Socket upstream, Relay relay) {
    try (client;
        upstream) {
      relay.run();
    } catch (IOException e) {
      // One side has hung up; closing both tells the other.
      System.getLogger(StatementProxy.class.getName())
          .log(System.Logger.Level.DEBUG, "Relaying", e);
    } finally {
      sockets.remove(client);
      sockets.remove(upstream);
    }
  }

  @FunctionalInterface
  private interface Relay {
    void run() throws IOException;
  }
}
