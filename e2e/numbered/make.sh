#!/bin/sh
# Makes the films of this folder, with ffmpeg, img2webp and webpmux. Each is 24 frames of 64x48 pixels at 10 a second
# unless its name says otherwise. Frame n, from 0, is the grey 8+10n, with a red square in its top left corner.
# recorder.mp4 and recorder.webm are Chromium's own: record.mjs makes them.
set -e
cd "$(dirname "$0")"
quiet="-hide_banner -loglevel error -y"
grey="if(lt(X\,W/4)*lt(Y\,H/3)\,RED\,8+10*N)"
# frames SIZE FILTERS gives the arguments that make the source.
picture() { echo "nullsrc=s=$1:r=10:d=2.4,format=rgb24,geq=r='$(echo "$grey" | sed s/RED/255/)':g='$(echo "$grey" | sed s/RED/0/)':b='$(echo "$grey" | sed s/RED/0/)'$2"; }
film() { size=$1 more=$2; shift 2; ffmpeg $quiet -f lavfi -i "$(picture "$size" "$more")" -fflags +bitexact -flags:v +bitexact "$@"; }
x264="-c:v libx264 -pix_fmt yuv420p -crf 6 -g 12"
vp9="-c:v libvpx-vp9 -pix_fmt yuv420p -crf 10 -b:v 0 -g 100"
vp8="-c:v libvpx -pix_fmt yuv420p -crf 4 -b:v 900k -g 100"

film 64x48 "" $vp9 -f webm -cluster_time_limit 500 pipe:1 | cat > pipe-vp9.webm
film 64x48 "" $vp8 -f webm -live 1 -cluster_time_limit 500 pipe:1 | cat > pipe-vp8.webm
film 64x48 "" $x264 -g 100 -bf 3 -f matroska -cluster_time_limit 500 pipe:1 | cat > pipe-h264.mkv
film 64x48 "" $x264 -bf 3 -movflags frag_keyframe+empty_moov -f mp4 pipe:1 | cat > pipe.mp4
film 64x48 ",format=rgba,geq=r='r(X,Y)':g='g(X,Y)':b='b(X,Y)':a='if(gt(X,W/2)*gt(Y,H/2),0,if(gt(X,W/2),128,255))'" -c:v libvpx -pix_fmt yuva420p -crf 4 -b:v 900k -g 10 -auto-alt-ref 0 alpha-vp8.webm
film 64x48 ",format=rgba,geq=r='r(X,Y)':g='g(X,Y)':b='b(X,Y)':a='if(gt(X,W/2)*gt(Y,H/2),0,if(gt(X,W/2),128,255))'" -c:v libvpx-vp9 -pix_fmt yuva420p -crf 10 -b:v 0 -g 10 -auto-alt-ref 0 alpha-vp9.webm
film 64x48 "" -c:v libx264 -pix_fmt yuv444p -crf 6 -g 12 -bf 2 yuv444.mp4
film 64x48 "" -c:v libx264 -pix_fmt yuv444p -crf 6 -g 12 -output_ts_offset 5 yuv444-late.mp4
film 64x48 "" -c:v libx264 -pix_fmt yuv444p -crf 6 -g 24 -f matroska pipe:1 | cat > yuv444-pipe.mkv
film 64x48 ",setpts='if(lt(N,12),N,12+(N-12)*3)/10/TB'" $x264 -fps_mode vfr -bf 2 uneven.mp4
film 64x48 "" $x264 -output_ts_offset 5 -bf 2 late.mp4
film 64x48 "" $vp9 -output_ts_offset 5 late.webm
film 64x48 "" $x264 -bf 3 upright.mp4
ffmpeg $quiet -i upright.mp4 -c copy -metadata:s:v rotate=90 -fflags +bitexact turned.mp4
film 64x48 ",setsar=2/1" $x264 -bf 2 wide-pixels.mp4
film 63x47 "" $vp9 odd.webm
film 64x48 "" -c:v libaom-av1 -pix_fmt yuv420p -crf 12 -cpu-used 8 -g 12 av1.mp4
film 64x48 "" $x264 -bf 0 -movflags +faststart whole.mp4 && head -c "$(($(wc -c < whole.mp4) * 3 / 4))" whole.mp4 > cut.mp4
film 64x48 "" $vp9 -g 6 -cluster_time_limit 500 whole.webm && head -c "$(($(wc -c < whole.webm) * 2 / 3))" whole.webm > cut.webm
film 64x48 "" $x264 -g 6 -movflags frag_keyframe+empty_moov whole.mp4 && head -c "$(($(wc -c < whole.mp4) * 3 / 4))" whole.mp4 > cut-pieces.mp4
film 64x48 "" $vp9 -g 6 whole.webm && ffmpeg $quiet -i whole.webm -c copy -bsf:v "noise=drop=lt(n\\,3)" -fflags +bitexact -copyts headless.webm
rm whole.mp4 whole.webm
film 64x48 "" $vp9 -frames:v 1 one.webm
ffmpeg $quiet -f lavfi -i "sine=d=1" -c:a libopus -b:a 16k -fflags +bitexact -f webm pipe:1 | cat > sound.webm
film 64x48 "" -c:v libaom-av1 -pix_fmt yuv420p -crf 12 -cpu-used 8 -f avif moving.avif
film 64x48 "" -frames:v 6 frame-%d.png
img2webp -loop 0 -d 100 -lossless frame-1.png frame-2.png frame-3.png frame-4.png frame-5.png frame-6.png -o steady.webp > /dev/null
webpmux -duration 0 steady.webp -o hurried.webp 2> /dev/null
rm frame-*.png steady.webp
ffmpeg $quiet -ss 0.45 -i upright.mp4 -c copy -fflags +bitexact trimmed.mp4
head -c 1700 pipe-h264.mkv > cut-pipe.mkv
head -c 1500 recorder.webm > cut-recorder.webm
head -c 300 hurried.webp > cut.webp
