package dev.domicile.testkit;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A pooler that lends its server connections for one transaction at a time, the one that rested
 * longest first, as PgBouncer does with {@code pool_mode = transaction}. What a client left on a
 * session (a prepared statement, a setting, LISTEN) is not there in its next transaction, but may
 * be in another client's.
 *
 * <p>Each client signs in through the pooler on a server connection of its own, which the pool then
 * keeps, also when the client is gone. All clients are of one user. No COPY.
 */
public final class TransactionPooler implements AutoCloseable {
  private static final byte IDLE = 'I';

  private final Database server;
  private final URI address;
  private final ServerSocket door;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final BlockingQueue<Socket> resting = new LinkedBlockingQueue<>();
  private final AtomicLong moves = new AtomicLong();
  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "transaction-pooler");
            thread.setDaemon(true);
            return thread;
          });

  /** Opens the pooler before a database. */
  public TransactionPooler(Database server) {
    this.server = server;
    this.address = URI.create(server.url().substring("jdbc:".length()));
    try {
      this.door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot open a pooler", e);
    }
    threads.execute(this::accept);
  }

  /** The database as it is reached over the pooler. */
  public Database database() {
    String url = "jdbc:postgresql://localhost:" + door.getLocalPort() + address.getPath();
    return new Database(server.name(), url, server.user(), server.password());
  }

  /** How often a client's transaction ran on another server connection than the one before. */
  public long moves() {
    return moves.get();
  }

  /** Cuts all connections and takes no more. */
  @Override
  public void close() {
    StatementProxy.closeQuietly(door);
    sockets.forEach(StatementProxy::closeQuietly);
    threads.shutdownNow();
  }

  private void accept() {
    while (!door.isClosed()) {
      try {
        Socket client = door.accept();
        sockets.add(client);
        client.setTcpNoDelay(true);
        threads.execute(() -> serve(client));
      } catch (IOException e) {
        // The door was closed, or the client has gone again.
        System.getLogger(TransactionPooler.class.getName())
            .log(System.Logger.Level.DEBUG, "Accepting", e);
      }
    }
  }

  private void serve(Socket client) {
    try (client) {
      DataInputStream in = new DataInputStream(client.getInputStream());
      Socket last = signIn(client, in);
      resting.add(last);
      Message message = Message.read(in);
      while (message != null && message.type() != 'X') {
        Socket lent = resting.take();
        if (lent != last) {
          moves.incrementAndGet();
          last = lent;
        }
        transaction(client, in, lent, message);
        resting.add(lent);
        message = Message.read(in);
      }
    } catch (IOException e) {
      System.getLogger(TransactionPooler.class.getName())
          .log(System.Logger.Level.DEBUG, "Serving", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      sockets.remove(client);
    }
  }

  /** Lets the client and a new server connection come to terms. */
  private Socket signIn(Socket client, DataInputStream in) throws IOException {
    Socket upstream = new Socket(address.getHost(), address.getPort());
    sockets.add(upstream);
    upstream.setTcpNoDelay(true);
    upstream.getOutputStream().write(Greeting.read(in, client.getOutputStream()));
    DataInputStream answers = new DataInputStream(upstream.getInputStream());
    while (true) {
      Message answer = next(answers);
      answer.writeTo(client.getOutputStream());
      if (answer.asksForPassword()) {
        next(in).writeTo(upstream.getOutputStream());
      } else if (answer.type() == 'E') {
        throw new IOException("the server refuses a client");
      } else if (answer.type() == 'Z') {
        return upstream;
      }
    }
  }

  /** Relays until the server says that it is in no transaction any more. */
  private static void transaction(Socket client, DataInputStream in, Socket lent, Message first)
      throws IOException {
    DataInputStream answers = new DataInputStream(lent.getInputStream());
    Message message = first;
    while (true) {
      message.writeTo(lent.getOutputStream());
      if (message.type() == 'Q' || message.type() == 'S') {
        Message answer = next(answers);
        while (answer.type() != 'Z') {
          answer.writeTo(client.getOutputStream());
          answer = next(answers);
        }
        answer.writeTo(client.getOutputStream());
        if (answer.transactionState() == IDLE) {
          return;
        }
      }
      message = next(in);
    }
  }

  private static Message next(DataInputStream in) throws IOException {
    Message message = Message.read(in);
    if (message == null) {
      throw new EOFException("the other side has hung up");
    }
    return message;
  }
}
