/*
 * Decodes values by what rpcgen has compiled, and encodes them again. Each request on standard input is the number of a
 * type, a length and so many bytes; each answer a length and the bytes, or 0xffffffff if the value was refused or bytes
 * were left. TABLE is a file of `ENTRY(type)` lines, HEADER what rpcgen has written.
 */
#include HEADER
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>

typedef bool_t (*oracle_codec)(XDR *, void *);

static const struct { oracle_codec code; size_t size; } oracle_types[] = {
#define ENTRY(type) { (oracle_codec)xdr_##type, sizeof(type) },
#include TABLE
};

static void oracle_answer(unsigned value)
{
	value = htonl(value);
	fwrite(&value, 4, 1, stdout);
}

int main(void)
{
	unsigned head[2];
	while (fread(head, 4, 2, stdin) == 2) {
		unsigned type = ntohl(head[0]), length = ntohl(head[1]);
		size_t room = 2 * (size_t)length + 64;
		/* More than the longest value, for the decoder may look beyond the end of a union's arm. */
		char *data = calloc(1, room), *again = calloc(1, room), *value = calloc(1, oracle_types[type].size + 64);
		XDR in, out;
		if (length && fread(data, length, 1, stdin) != 1)
			return 1;
		xdrmem_create(&in, data, length, XDR_DECODE);
		if (!oracle_types[type].code(&in, value) || xdr_getpos(&in) != length) {
			oracle_answer(0xffffffff);
		} else {
			xdrmem_create(&out, again, room, XDR_ENCODE);
			if (!oracle_types[type].code(&out, value)) {
				oracle_answer(0xfffffffe);
			} else {
				oracle_answer(xdr_getpos(&out));
				fwrite(again, xdr_getpos(&out), 1, stdout);
			}
		}
		fflush(stdout);
		free(data);
		free(again);
		free(value);
	}
	return 0;
}
