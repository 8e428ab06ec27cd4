package dev.domicile.servlet;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Percent-encoding of the parts of a query: forgiving of nothing when it decodes. */
final class PercentEncoding {
  private static final String UNRESERVED = "-._~";
  private static final char[] HEX = "0123456789ABCDEF".toCharArray();

  private PercentEncoding() {}

  /** Decodes a name or a value; a plus sign stands for a space. */
  static String decode(String encoded) throws MalformedRequestException {
    if (isPlain(encoded)) {
      return encoded;
    }
    ByteBuffer in = utf8(encoded);
    ByteArrayOutputStream out = new ByteArrayOutputStream(in.remaining());
    while (in.hasRemaining()) {
      byte next = in.get();
      switch (next) {
        case '+' -> out.write(' ');
        case '%' -> out.write(escaped(in));
        default -> out.write(next);
      }
    }
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(out.toByteArray()))
          .toString();
    } catch (CharacterCodingException e) {
      throw new MalformedRequestException("the query is not UTF-8");
    }
  }

  /** Encodes as RFC 3986 does, with capital hex digits; only unreserved characters stay. */
  static String encode(String text) {
    if (isUnreserved(text)) {
      return text;
    }
    StringBuilder encoded = new StringBuilder(text.length());
    for (byte each : text.getBytes(StandardCharsets.UTF_8)) {
      if (isUnreserved(each)) {
        encoded.append((char) each);
      } else {
        encoded.append('%').append(HEX[(each >> 4) & 0xF]).append(HEX[each & 0xF]);
      }
    }
    return encoded.toString();
  }

  private static ByteBuffer utf8(String text) throws MalformedRequestException {
    try {
      return StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
    } catch (CharacterCodingException e) {
      throw new MalformedRequestException("the query holds half a surrogate pair");
    }
  }

  private static int escaped(ByteBuffer in) throws MalformedRequestException {
    if (in.remaining() < 2) {
      throw new MalformedRequestException("a percent escape is cut off");
    }
    return hexDigit(in.get()) << 4 | hexDigit(in.get());
  }

  // Character.digit would also take digits of other scripts, and Integer.parseInt a sign.
  private static int hexDigit(byte digit) throws MalformedRequestException {
    if (digit >= '0' && digit <= '9') {
      return digit - '0';
    }
    int letter = digit | 0x20;
    if (letter >= 'a' && letter <= 'f') {
      return letter - 'a' + 10;
    }
    throw new MalformedRequestException("a percent escape has a digit that is not hexadecimal");
  }

  /** Most names and values are; they are decoded as they stand. */
  private static boolean isPlain(String encoded) {
    for (int i = 0; i < encoded.length(); i++) {
      char each = encoded.charAt(i);
      if (each == '%' || each == '+' || each > 0x7F) {
        return false;
      }
    }
    return true;
  }

  private static boolean isUnreserved(String text) {
    for (int i = 0; i < text.length(); i++) {
      char each = text.charAt(i);
      if (each > 0x7F || !isUnreserved((byte) each)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isUnreserved(byte each) {
    return (each >= 'a' && each <= 'z')
        || (each >= 'A' && each <= 'Z')
        || (each >= '0' && each <= '9')
        || UNRESERVED.indexOf(each) >= 0;
  }
}
