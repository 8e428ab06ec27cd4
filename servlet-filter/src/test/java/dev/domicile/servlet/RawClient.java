package dev.domicile.servlet;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Sends what no library would send, over one connection for as long as it lasts. */
public final class RawClient implements AutoCloseable {
  private static final Pattern STATUS_LINE = Pattern.compile("HTTP/1\\.1 [1-5][0-9]{2}");

  private final int port;
  private @Nullable Socket socket;
  private @Nullable InputStream in;

  /** A client of a server on this machine. */
  public RawClient(int port) {
    this.port = port;
  }

  /** The status and all else that came back. */
  public record Answer(int status, String text) {}

  /** Sends a head, but for its length and its end, and a body. */
  public Answer send(String head, byte[] body) throws IOException {
    boolean reused = socket != null;
    try {
      return exchange(head, body);
    } catch (IOException e) {
      close();
      if (!reused) {
        throw e;
      }
      // The server may have closed the connection after the answer before.
      return exchange(head, body);
    }
  }

  private Answer exchange(String head, byte[] body) throws IOException {
    if (socket == null) {
      socket = connect();
      socket.setSoTimeout(10_000);
      socket.setTcpNoDelay(true);
      in = new BufferedInputStream(socket.getInputStream());
    }
    byte[] headBytes = (head + "Content-Length: " + body.length + "\r\n\r\n").getBytes(UTF_8);
    byte[] all = new byte[headBytes.length + body.length];
    System.arraycopy(headBytes, 0, all, 0, headBytes.length);
    System.arraycopy(body, 0, all, headBytes.length, body.length);
    socket.getOutputStream().write(all);
    return read(socket, in);
  }

  /**
   * A connection to the server. The kernel may choose the server's port for this end too, and then
   * the socket is connected to itself and answers each request with that request.
   */
  private Socket connect() throws IOException {
    Socket open = new Socket("localhost", port);
    while (open.getLocalPort() == port) {
      open.close();
      open = new Socket("localhost", port);
    }
    return open;
  }

  private Answer read(Socket open, @Nullable InputStream from) throws IOException {
    StringBuilder text = new StringBuilder();
    while (text.indexOf("\r\n\r\n") < 0) {
      int next = from == null ? -1 : from.read();
      if (next < 0) {
        throw new EOFException("no answer");
      }
      text.append((char) next);
    }
    if (!STATUS_LINE.matcher(text).lookingAt()) {
      throw new AssertionError("no status line, but: " + text);
    }
    int status = Integer.parseInt(text.substring(9, 12));
    String head = text.toString().toLowerCase(Locale.ROOT);
    int length = head.indexOf("content-length: ");
    if (from != null && length >= 0) {
      int count = Integer.parseInt(head.substring(length + 16, head.indexOf("\r\n", length)));
      text.append(new String(from.readNBytes(count), ISO_8859_1));
    }
    if (length < 0 || head.contains("connection: close") || open.isClosed()) {
      close();
    }
    return new Answer(status, text.toString());
  }

  @Override
  public void close() throws IOException {
    if (socket != null) {
      socket.close();
    }
    socket = null;
    in = null;
  }
}
