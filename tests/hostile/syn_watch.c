/*
 * syn_watch.c: tells of every TCP SYN that leaves this network namespace, a line "ADDRESS PORT" each, in their order.
 *
 *   syn_watch              until it is ended; "ready" comes first
 *   syn_watch send ADDRESS sends one SYN by hand to port 80, where the kernel itself makes no connection
 *
 * It hears packets, not calls: what it tells was on its way, whatever program sent it.
 */
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ROOM = 256, PORT = 80 };

static const struct tcphdr *tcp_of(const unsigned char *packet, size_t length, int *family, const void **to)
{
    if (length >= sizeof(struct ip) && packet[0] >> 4 == 4) {
        const struct ip *ip = (const struct ip *)(const void *)packet;
        size_t head = (size_t)ip->ip_hl * 4;
        *family = AF_INET;
        *to = &ip->ip_dst;
        return ip->ip_p == IPPROTO_TCP && length >= head + sizeof(struct tcphdr)
                   ? (const struct tcphdr *)(const void *)(packet + head)
                   : NULL;
    }
    if (length >= sizeof(struct ip6_hdr) + sizeof(struct tcphdr) && packet[0] >> 4 == 6) {
        const struct ip6_hdr *ip = (const struct ip6_hdr *)(const void *)packet;
        *family = AF_INET6;
        *to = &ip->ip6_dst;
        return ip->ip6_nxt == IPPROTO_TCP ? (const struct tcphdr *)(const void *)(packet + sizeof *ip) : NULL;
    }
    return NULL;
}

static int watch(void)
{
    _Alignas(16) unsigned char packet[ROOM];
    int hearing = socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_ALL));
    int room = 64 << 20;
    if (hearing < 0)
        return perror("packet socket"), EXIT_FAILURE;
    setsockopt(hearing, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
    setvbuf(stdout, NULL, _IOLBF, 0);
    puts("ready");
    for (;;) {
        struct sockaddr_ll from;
        socklen_t size = sizeof from;
        ssize_t length = recvfrom(hearing, packet, sizeof packet, 0, (struct sockaddr *)(void *)&from, &size);
        int family;
        const void *to;
        char text[INET6_ADDRSTRLEN];
        /* Over the loopback each packet goes out and comes in: it counts when it goes out. */
        if (length <= 0 || from.sll_pkttype != PACKET_OUTGOING)
            continue;
        const struct tcphdr *tcp = tcp_of(packet, (size_t)length, &family, &to);
        if (tcp != NULL && tcp->syn && !tcp->ack && inet_ntop(family, to, text, sizeof text) != NULL)
            printf("%s %u\n", text, ntohs(tcp->dest));
    }
}

static int send_by_hand(const char *address)
{
    struct tcphdr tcp = {.source = htons(40000), .dest = htons(PORT), .doff = 5, .syn = 1};
    struct sockaddr_in four = {.sin_family = AF_INET};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_scope_id = if_nametoindex("lo")};
    bool is_four = inet_pton(AF_INET, address, &four.sin_addr) == 1;
    int on = 1;
    if (!is_four && inet_pton(AF_INET6, address, &six.sin6_addr) != 1)
        return EXIT_FAILURE;
    int raw = socket(is_four ? AF_INET : AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_TCP);
    setsockopt(raw, SOL_SOCKET, SO_BROADCAST, &on, sizeof on);
    ssize_t sent = is_four ? sendto(raw, &tcp, sizeof tcp, 0, (struct sockaddr *)(void *)&four, sizeof four)
                           : sendto(raw, &tcp, sizeof tcp, 0, (struct sockaddr *)(void *)&six, sizeof six);
    if (sent != sizeof tcp)
        return perror(address), EXIT_FAILURE;
    close(raw);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    return argc == 3 && strcmp(argv[1], "send") == 0 ? send_by_hand(argv[2]) : watch();
}
