package dev.domicile.servlet;

/**
 * What came of encrypting stored secrets anew.
 *
 * @param examined the installations that were looked at
 * @param renewed those of them that the current key encrypts now and did not before
 * @param unreadable those that could not be decrypted and stay as they are; the log names them
 */
public record Reencryption(long examined, long renewed, long unreadable) {}
