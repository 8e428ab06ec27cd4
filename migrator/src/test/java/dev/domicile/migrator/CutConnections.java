package dev.domicile.migrator;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Stands between a process and its servers and, after so many messages of the process, cuts all its
 * connections and lets no more be opened: to the servers it is as if the process had died there.
 * The last message arrives, and its answer does not.
 */
final class CutConnections implements AutoCloseable {
  private final ServerSocket door;
  private final int server;
  private final int last;
  private final AtomicInteger messages = new AtomicInteger();
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final ExecutorService threads = Executors.newCachedThreadPool();

  /** Cuts after that many messages. */
  CutConnections(int server, int last) throws IOException {
    this.server = server;
    this.last = last;
    this.door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    threads.execute(this::accept);
  }

  int port() {
    return door.getLocalPort();
  }

  /** How many messages there were. */
  int messages() {
    return messages.get();
  }

  @Override
  public void close() throws IOException {
    door.close();
    for (Socket socket : sockets) {
      socket.close();
    }
    threads.shutdownNow();
  }

  private void accept() {
    try {
      while (true) {
        Socket client = door.accept();
        Socket upstream = new Socket(InetAddress.getLoopbackAddress(), server);
        client.setTcpNoDelay(true);
        upstream.setTcpNoDelay(true);
        sockets.add(client);
        sockets.add(upstream);
        threads.execute(() -> relay(client, upstream, true));
        threads.execute(() -> relay(upstream, client, false));
      }
    } catch (IOException e) {
      // The door was closed.
      threads.shutdown();
    }
  }

  private void relay(Socket from, Socket to, boolean counted) {
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] buffer = new byte[1 << 16];
      int length = in.read(buffer);
      while (length >= 0) {
        int number = counted ? messages.incrementAndGet() : 0;
        if (number > last) {
          return;
        }
        out.write(buffer, 0, length);
        if (number == last) {
          close();
          return;
        }
        length = in.read(buffer);
      }
    } catch (IOException e) {
      // Either side has hung up; closing both tells the other.
      return;
    }
  }
}
