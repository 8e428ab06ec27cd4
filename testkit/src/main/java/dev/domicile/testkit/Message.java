package dev.domicile.testkit;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A message of Postgres' protocol: a letter, a length, and what it says. */
final class Message {
  private static final int HEADER = 1 + Integer.BYTES;
  private static final int SIGNED_IN = 0;
  private static final int LAST_PROOF = 12;

  private final byte[] bytes;

  private Message(byte[] bytes) {
    this.bytes = bytes;
  }

  /** Reads the next message; null where the stream ends. */
  static @Nullable Message read(DataInputStream in) throws IOException {
    int type = in.read();
    if (type < 0) {
      return null;
    }
    int length = in.readInt();
    byte[] bytes = new byte[1 + length];
    ByteBuffer.wrap(bytes).put((byte) type).putInt(length);
    in.readFully(bytes, HEADER, length - Integer.BYTES);
    return new Message(bytes);
  }

  char type() {
    return (char) bytes[0];
  }

  int size() {
    return bytes.length;
  }

  void writeTo(OutputStream out) throws IOException {
    out.write(bytes);
  }

  /**
   * Whether the client goes on before it asks for an answer: Parse, Bind, Describe and the like.
   */
  boolean isPartOfExchange() {
    return "PBDEC".indexOf(type()) >= 0;
  }

  /** Whether the server waits for the client now: ReadyForQuery, CopyInResponse. */
  boolean endsExchange() {
    return "ZG".indexOf(type()) >= 0;
  }

  /** Whether the server says that a command is done, or has failed. */
  boolean completesCommand() {
    return "CE".indexOf(type()) >= 0;
  }

  /** Whether the server waits for the client to prove who it is: neither done nor final words. */
  boolean asksForPassword() {
    return type() == 'R' && body().getInt() != SIGNED_IN && body().getInt() != LAST_PROOF;
  }

  /** What a ReadyForQuery says of the transaction: idle, in one, in one that has failed. */
  byte transactionState() {
    return body().get();
  }

  /** The text of that number at the beginning of the message. */
  String text(int number) {
    ByteBuffer rest = body();
    for (int i = 0; i < number; i++) {
      nextText(rest);
    }
    return nextText(rest);
  }

  /** The values that a Bind brings, as text. */
  List<String> parameters() {
    ByteBuffer rest = body();
    nextText(rest);
    nextText(rest);
    int formats = rest.getShort();
    rest.position(rest.position() + formats * Short.BYTES);
    int count = rest.getShort();
    List<String> values = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      byte[] value = new byte[Math.max(0, rest.getInt())];
      rest.get(value);
      values.add(new String(value, StandardCharsets.UTF_8));
    }
    return values;
  }

  private ByteBuffer body() {
    return ByteBuffer.wrap(bytes, HEADER, bytes.length - HEADER);
  }

  private String nextText(ByteBuffer rest) {
    int start = rest.position();
    while (rest.get() != 0) {
      // Texts end with a zero byte.
    }
    return new String(bytes, start, rest.position() - start - 1, StandardCharsets.UTF_8);
  }
}
